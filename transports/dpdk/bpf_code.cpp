#include "transports/dpdk/bpf_code.hpp"

namespace mcast::dpdk {

namespace {

constexpr std::uint8_t code(int parts) {
    return static_cast<std::uint8_t>(parts);
}

constexpr BpfCode::Register kNone = BpfCode::Register::R0;

}  // namespace

void BpfCode::add(std::uint8_t code, Register to, Register from, std::int16_t offset,
                  std::int32_t value) {
    bpf_insn instruction{};
    instruction.code = code;
    instruction.dst_reg = static_cast<std::uint8_t>(to) & 0xfu;
    instruction.src_reg = static_cast<std::uint8_t>(from) & 0xfu;
    instruction.off = offset;
    instruction.imm = value;
    code_.push_back(instruction);
}

void BpfCode::load(Size size, Register to, Register from, std::int16_t offset) {
    add(code(BPF_LDX | BPF_MEM | static_cast<int>(size)), to, from, offset, 0);
}

void BpfCode::store(Size size, Register to, std::int16_t offset, Register from) {
    add(code(BPF_STX | BPF_MEM | static_cast<int>(size)), to, from, offset, 0);
}

void BpfCode::load_16(Register to, Register from, std::int16_t offset) {
    load(Size::Half, to, from, offset);
    add(code(BPF_ALU | BPF_END | BPF_TO_BE), to, kNone, 0, 16);
}

void BpfCode::compute(Arithmetic operation, Register to, std::int32_t value) {
    add(code(BPF_ALU64 | BPF_K | static_cast<int>(operation)), to, kNone, 0, value);
}

void BpfCode::compute(Arithmetic operation, Register to, Register with) {
    add(code(BPF_ALU64 | BPF_X | static_cast<int>(operation)), to, with, 0, 0);
}

void BpfCode::load_map(Register to, int map) {
    // Twice as long as the others: the second half is for addresses of 64 bits.
    constexpr int kImmediate = BPF_LD | BPF_DW;  // BPF_IMM is 0
    add(code(kImmediate), to, static_cast<Register>(BPF_PSEUDO_MAP_FD), 0, map);
    add(0, kNone, kNone, 0, 0);
}

void BpfCode::call(std::int32_t helper) {
    add(code(BPF_JMP | BPF_CALL), kNone, kNone, 0, helper);
}

void BpfCode::leave() {
    add(code(BPF_JMP | BPF_EXIT), kNone, kNone, 0, 0);
}

BpfCode::Label BpfCode::label() {
    return {labels_++};
}

void BpfCode::place(Label label) {
    std::erase_if(jumps_, [&](const Jump& jump) {
        if (jump.label != label.number) return false;
        code_[jump.at].off = static_cast<std::int16_t>(code_.size() - jump.at - 1);
        return true;
    });
}

void BpfCode::add_jump(std::uint8_t code, Register what, Register other, std::int32_t value,
                       Label to) {
    jumps_.push_back({code_.size(), to.number});
    add(code, what, other, 0, value);
}

void BpfCode::jump(Label to) {
    add_jump(code(BPF_JMP | BPF_JA), kNone, kNone, 0, to);
}

void BpfCode::jump_if(Test test, Register what, std::int32_t value, Label to) {
    add_jump(code(BPF_JMP | BPF_K | static_cast<int>(test)), what, kNone, value, to);
}

void BpfCode::jump_if(Test test, Register what, Register other, Label to) {
    add_jump(code(BPF_JMP | BPF_X | static_cast<int>(test)), what, other, 0, to);
}

}  // namespace mcast::dpdk
