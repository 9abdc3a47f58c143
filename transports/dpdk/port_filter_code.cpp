#include "transports/dpdk/port_filter_code.hpp"

#include <cstddef>

#include "transports/dpdk/bpf_code.hpp"
#include "transports/dpdk/frame_layout.hpp"

namespace mcast::dpdk {

namespace {

using enum BpfCode::Register;
using Size = BpfCode::Size;
using Arithmetic = BpfCode::Arithmetic;
using Test = BpfCode::Test;

// What the registers hold: R6 the frame's context, R2 where the headers are read, R3 their end.

// The verifier wants a proof that the bytes that are read next are in the frame.
void expect(BpfCode& code, std::size_t size) {
    code.compute(Arithmetic::Move, R4, R2);
    code.compute(Arithmetic::Add, R4, static_cast<std::int32_t>(size));
    code.jump_if(Test::Above, R4, R3, BpfCode::kPass);
}

void expect_our_mac(BpfCode& code, const MacAddress& mac) {
    const BpfCode::Label ours = code.label();
    code.load(Size::Byte, R4, R2, 0);
    code.jump_if(Test::Bits, R4, 1, ours);  // groups and broadcast
    for (std::size_t at = 0; at < mac.bytes.size(); at += 2) {
        code.load_16(R4, R2, static_cast<std::int16_t>(at));
        code.jump_if(Test::NotEqual, R4, mac.bytes[at] << 8 | mac.bytes[at + 1], BpfCode::kPass);
    }
    code.place(ours);
}

void redirect(BpfCode& code, int sockets_map) {
    code.load_map(R1, sockets_map);
    code.load(Size::Word, R2, R6, offsetof(xdp_md, rx_queue_index));
    code.compute(Arithmetic::Move, R3, XDP_PASS);  // for queues without a socket
    code.call(BPF_FUNC_redirect_map);
    code.leave();
}

// Leaves the tag of priority behind, which is none (IEEE 802.1Q, 9.6).
void read_tag(BpfCode& code, const PortFilterPlan& plan, int sockets_map) {
    const BpfCode::Label untagged = code.label();
    code.load_16(R5, R2, 12);
    code.jump_if(Test::NotEqual, R5, kEtherTypeVlan, plan.vlan != 0 ? BpfCode::kPass : untagged);
    expect(code, kEthernetSize + kVlanTagSize);
    code.load_16(R4, R2, kEthernetSize);
    code.compute(Arithmetic::And, R4, kVlanIdMask);
    code.jump_if(Test::NotEqual, R4, plan.vlan, BpfCode::kPass);
    if (plan.vlan != 0) {
        redirect(code, sockets_map);
        return;
    }
    code.load_16(R5, R2, kEthernetSize + 2);
    code.compute(Arithmetic::Add, R2, static_cast<std::int32_t>(kVlanTagSize));
    code.place(untagged);
}

// R2 is at the UDP header afterwards.
void read_ip(BpfCode& code) {
    const BpfCode::Label ipv6 = code.label();
    const BpfCode::Label udp = code.label();
    code.compute(Arithmetic::Add, R2, static_cast<std::int32_t>(kEthernetSize));
    code.jump_if(Test::Equal, R5, kEtherTypeIpv6, ipv6);
    code.jump_if(Test::NotEqual, R5, kEtherTypeIpv4, BpfCode::kPass);

    expect(code, kIpv4Size);
    code.load(Size::Byte, R4, R2, 9);
    code.jump_if(Test::NotEqual, R4, kProtocolUdp, BpfCode::kPass);
    code.load_16(R4, R2, 6);
    code.jump_if(Test::Bits, R4, 0x3fff, BpfCode::kPass);  // a fragment: more to come, or an offset
    code.load(Size::Byte, R5, R2, 0);
    code.compute(Arithmetic::Move, R4, R5);
    code.compute(Arithmetic::ShiftRight, R4, 4);
    code.jump_if(Test::NotEqual, R4, 4, BpfCode::kPass);
    code.compute(Arithmetic::And, R5, 0xf);  // the header's size in words, 5 at least
    code.jump_if(Test::Below, R5, kIpv4Size / 4, BpfCode::kPass);
    code.compute(Arithmetic::ShiftLeft, R5, 2);
    code.compute(Arithmetic::Add, R2, R5);
    code.jump(udp);

    code.place(ipv6);
    expect(code, kIpv6Size);
    code.load(Size::Byte, R4, R2, 6);
    code.jump_if(Test::NotEqual, R4, kProtocolUdp, BpfCode::kPass);
    code.compute(Arithmetic::Add, R2, static_cast<std::int32_t>(kIpv6Size));
    code.place(udp);
}

void look_up_port(BpfCode& code, int ports_map) {
    constexpr std::int16_t kWordNumber = -4;  // on the stack
    expect(code, kUdpSize);
    code.load_16(R7, R2, 2);
    code.compute(Arithmetic::Move, R4, R7);
    code.compute(Arithmetic::ShiftRight, R4, 6);
    code.store(Size::Word, R10, kWordNumber, R4);
    code.load_map(R1, ports_map);
    code.compute(Arithmetic::Move, R2, R10);
    code.compute(Arithmetic::Add, R2, kWordNumber);
    code.call(BPF_FUNC_map_lookup_elem);
    code.jump_if(Test::Equal, R0, 0, BpfCode::kPass);
    code.load(Size::Double, R4, R0, 0);
    code.compute(Arithmetic::And, R7, 63);
    code.compute(Arithmetic::ShiftRight, R4, R7);
    code.compute(Arithmetic::And, R4, 1);
    code.jump_if(Test::Equal, R4, 0, BpfCode::kPass);
}

}  // namespace

std::vector<bpf_insn> port_filter_code(const PortFilterPlan& plan, int ports_map, int sockets_map) {
    BpfCode code;
    code.compute(Arithmetic::Move, R6, R1);
    code.load(Size::Word, R2, R6, offsetof(xdp_md, data));
    code.load(Size::Word, R3, R6, offsetof(xdp_md, data_end));
    expect(code, kEthernetSize);
    expect_our_mac(code, plan.mac);
    read_tag(code, plan, sockets_map);
    if (plan.vlan == 0) {
        read_ip(code);
        look_up_port(code, ports_map);
        redirect(code, sockets_map);
    }
    code.place(BpfCode::kPass);
    code.compute(Arithmetic::Move, R0, XDP_PASS);
    code.leave();
    return code.instructions();
}

}  // namespace mcast::dpdk
