#include "tools/mcastd/descriptor_store.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/hash.hpp"
#include "tools/mcastd/event_loop.hpp"

namespace mcastd {

namespace {

std::string hexadecimal(std::uint64_t value) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
    return {digits.data(), end};
}

}  // namespace

DescriptorStore::DescriptorStore(ServiceManager& manager, std::string_view domain)
    : manager_(manager),
      domain_(hexadecimal(mcast::hash(domain)) + "."),
      run_(domain_ +
           hexadecimal(static_cast<std::uint64_t>(EventLoop::now().time_since_epoch().count())) +
           ".") {}

DescriptorStore::~DescriptorStore() {
    for (const auto& [name, kept] : kept_)
        manager_.remove(kept);
}

bool DescriptorStore::is_kept(const std::string& name) const {
    return std::any_of(kept_.begin(), kept_.end(),
                       [&](const auto& known) { return known.first == name; });
}

int DescriptorStore::take(const std::string& name) {
    for (const std::string& kept : manager_.kept()) {
        const std::size_t run_end = kept.find('.', domain_.size());
        if (!kept.starts_with(domain_) || run_end == std::string::npos ||
            kept.substr(run_end + 1) != name)
            continue;
        kept_.emplace_back(name, kept);
        return manager_.take(kept).release();
    }
    return -1;
}

void DescriptorStore::keep(const std::string& name, int fd) {
    if (!is_kept(name) && manager_.store(run_ + name, fd)) kept_.emplace_back(name, run_ + name);
}

void DescriptorStore::forget(const std::string& name) {
    std::erase_if(kept_, [&](const auto& known) {
        if (known.first == name) manager_.remove(known.second);
        return known.first == name;
    });
}

}  // namespace mcastd
