#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mcast::dpdk {

// A BPF program being written, instruction by instruction, with one way out: the label `pass`.
//
// Written here rather than compiled: its instructions need no compiler for BPF where this
// library is built, and no object file where it is installed.
class BpfCode {
public:
    // The machine's registers (Documentation/bpf/standardization/instruction-set.rst): R0 takes a
    // function's result, R1 to R5 its arguments, R6 to R9 outlive it, R10 is the stack's end.
    enum class Register : std::uint8_t { R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 };
    enum class Size : std::uint8_t { Byte = BPF_B, Half = BPF_H, Word = BPF_W, Double = BPF_DW };
    enum class Arithmetic : std::uint8_t {
        Add = BPF_ADD,
        And = BPF_AND,
        ShiftLeft = BPF_LSH,
        ShiftRight = BPF_RSH,
        Move = BPF_MOV,
    };
    enum class Test : std::uint8_t {
        Equal = BPF_JEQ,
        NotEqual = BPF_JNE,
        Above = BPF_JGT,
        Below = BPF_JLT,
        Bits = BPF_JSET,  // some of these are set
    };
    // A place in the program, made by place(); until then jumps to it wait.
    struct Label {
        std::size_t number = 0;
    };
    static constexpr Label kPass{0};

    void load(Size size, Register to, Register from, std::int16_t offset);
    void store(Size size, Register to, std::int16_t offset, Register from);
    // Two bytes in network order, as a number.
    void load_16(Register to, Register from, std::int16_t offset);
    void compute(Arithmetic operation, Register to, std::int32_t value);
    void compute(Arithmetic operation, Register to, Register with);
    void load_map(Register to, int map);
    void call(std::int32_t helper);
    void leave();

    [[nodiscard]] Label label();
    void place(Label label);
    // Forward only, which is all that older kernels let through.
    void jump(Label to);
    void jump_if(Test test, Register what, std::int32_t value, Label to);
    void jump_if(Test test, Register what, Register other, Label to);

    [[nodiscard]] const std::vector<bpf_insn>& instructions() const { return code_; }

private:
    struct Jump {
        std::size_t at;
        std::size_t label;
    };
    void add(std::uint8_t code, Register to, Register from, std::int16_t offset,
             std::int32_t value);
    void add_jump(std::uint8_t code, Register what, Register other, std::int32_t value, Label to);

    std::vector<bpf_insn> code_;
    std::vector<Jump> jumps_;  // to labels that have no place yet
    std::size_t labels_ = 1;   // kPass
};

}  // namespace mcast::dpdk
