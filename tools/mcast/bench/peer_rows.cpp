#include "tools/mcast/bench/peer_rows.hpp"

#include <capnp/compat/json.h>
#include <capnp/message.h>

#include <fstream>

#include "peer_row.capnp.h"
#include "tools/mcast/text.hpp"

namespace mcast::bench {
namespace {

PeerRow parse(const std::string& line) {
    capnp::JsonCodec codec;
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<wire::PeerRow>();
    codec.decode(kj::StringPtr(line.c_str(), line.size()), root);
    const auto row = root.asReader();
    return {row.getPeer().cStr(),
            row.getVariant().cStr(),
            row.hasMode() ? row.getMode().cStr() : "throughput",
            row.getSize(),
            row.getRate(),
            row.getLost(),
            row.getDrop(),
            row.getP50us(),
            row.getP99us(),
            row.getNote().cStr(),
            line};
}

}  // namespace

Result<std::vector<PeerRow>> read_peer_rows(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "--peers: cannot read '" + cli::printable(path) + "'"};
    }
    std::vector<PeerRow> rows;
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        try {
            rows.push_back(parse(line));
        } catch (const kj::Exception& error) {
            return Error{ErrorCode::InvalidArgument, 0,
                         "--peers: line " + std::to_string(number) + " of '" +
                             cli::printable(path) +
                             "': " + cli::printable(error.getDescription().cStr())};
        }
    }
    return rows;
}

}  // namespace mcast::bench
