#include "wire/relay_control.hpp"

#include <control.capnp.h>

#include "wire/control_message.hpp"

namespace mcast::wire {

std::size_t relay_hello_size(const RelayHello& hello) {
    return kFraming + struct_size<schema::RelayHello>() + hello.keys.size() * kWord;
}

std::size_t write_relay_hello(std::span<std::byte> room, const RelayHello& hello) {
    if (hello.keys.size() > kRelayKeysMax) return 0;
    const auto fill = [&](schema::RelayHello::Builder root) {
        root.setLink(hello.link);
        if (hello.keys.empty()) return;
        auto keys = root.initKeys(static_cast<unsigned>(hello.keys.size()));
        for (unsigned i = 0; i < keys.size(); ++i)
            keys.set(i, hello.keys[i]);
    };
    return write_control<schema::RelayHello>(room, relay_hello_size(hello), fill);
}

std::optional<RelayHello> read_relay_hello(std::span<const std::byte> frame, RelayHelloRoom& room) {
    const auto decode = [&](schema::RelayHello::Reader root) -> std::optional<RelayHello> {
        const auto keys = root.getKeys();
        if (keys.size() > kRelayKeysMax) return std::nullopt;
        for (unsigned i = 0; i < keys.size(); ++i)
            room.keys[i] = keys[i];
        return RelayHello{root.getLink(), std::span(room.keys).first(keys.size())};
    };
    return read_control<schema::RelayHello>(frame, decode);
}

}  // namespace mcast::wire
