#include "mcast/node.hpp"

#include "node/node_core.hpp"

namespace mcast {

namespace {

// A name is shown to people and travels in announcements.
Result<void> check_names(const NodeOptions& options) {
    if (options.domain.empty() || options.domain.size() > kDomainNameMax)
        return Error{ErrorCode::InvalidArgument, 0,
                     "domain '" + options.domain + "': give 1 to 255 bytes"};
    if (options.name.size() > kPeerNameMax)
        return Error{ErrorCode::InvalidArgument, 0,
                     "name '" + options.name + "': give at most 63 bytes"};
    if (!options.name.empty())
        if (const Result<void> name = check_topic_name(options.name); !name)
            return Error{ErrorCode::InvalidArgument, 0,
                         "name '" + options.name + "': give UTF-8 without control characters"};
    if (!options.ipv4 && !options.ipv6)
        return Error{ErrorCode::InvalidArgument, 0, "neither IPv4 nor IPv6 is wanted: allow one"};
    return {};
}

Result<void> check_limits(const NodeOptions& options) {
    const Limits& limits = options.limits;
    const auto refuse = [](const char* what) { return Error{ErrorCode::InvalidArgument, 0, what}; };
    if (limits.peers_max == 0 || limits.topics_per_peer_max == 0 || limits.topics_max == 0 ||
        limits.streams_max == 0 || limits.targets_max == 0 || limits.reassemblies_max == 0)
        return refuse("Limits: each must be at least 1");
    // So many, with the longest names, still fit the 64 parts of an announcement.
    if (limits.topics_max > 256) return refuse("Limits::topics_max: give at most 256");
    if (limits.events_max < 8) return refuse("Limits::events_max: give 8 or more");
    if (limits.message_size_max < 64 || limits.message_size_max > (64u << 20))
        return refuse("Limits::message_size_max: give 64 bytes to 64 MiB");
    if (options.announce_interval < std::chrono::milliseconds(100) ||
        options.announce_interval > std::chrono::minutes(1))
        return refuse("announce_interval: give 100 ms to 1 min");
    return {};
}

}  // namespace

Result<Node> Node::open(const NodeOptions& options, Host host) {
    const std::string step = "open " + options.name;
    if (const Result<void> names = check_names(options); !names) return names.error().within(step);
    if (const Result<void> limits = check_limits(options); !limits)
        return limits.error().within(step);
    Result<InterfaceSelection> selection = InterfaceSelection::parse(options.interfaces);
    if (!selection) return selection.error().within(step);
    Result<detail::StaticPeers> static_peers = detail::StaticPeers::parse(options.peers);
    if (!static_peers) return static_peers.error().within(step);

    auto core = std::make_unique<detail::NodeCore>(options, std::move(host), std::move(*selection),
                                                   std::move(*static_peers));
    if (const Result<void> opened = core->open(); !opened) return opened.error().within(step);
    return Node(std::move(core));
}

Node::Node(std::unique_ptr<detail::NodeCore> core) : core_(std::move(core)) {}
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(Node&&) noexcept = default;
Node::~Node() = default;

RawPublisher Node::raw_publisher(std::string_view topic, std::uint64_t type_id, const Qos& qos) {
    return RawPublisher(core_->publish(topic, type_id, qos), *core_);
}

RawSubscriber Node::raw_subscriber(std::string_view topic, std::uint64_t type_id, const Qos& qos) {
    return RawSubscriber(core_->subscribe(topic, type_id, qos), *core_);
}

Instant Node::now() const {
    return core_->context().now();
}
std::size_t Node::poll() {
    return core_->poll();
}
void Node::poll_until(Instant deadline) {
    core_->poll_until(deadline);
}
bool Node::wait_until(Instant deadline) {
    return core_->wait_until(deadline);
}
Instant Node::next_deadline() const {
    return core_->next_deadline();
}
int Node::fd() const {
    return capabilities().fd;
}
void Node::wake() {
    core_->wake();
}
bool Node::next_event(Event& event) {
    return core_->context().events.pop(event);
}
std::uint64_t Node::ping(PeerId peer) {
    return core_->ping(peer);
}
PeerId Node::id() const {
    return core_->context().self;
}
std::string_view Node::name() const {
    return core_->context().options.name;
}
std::string_view Node::domain() const {
    return core_->context().options.domain;
}
std::vector<PeerInfo> Node::peers() const {
    return core_->peers();
}
std::vector<InterfaceStatus> Node::interfaces() const {
    return core_->interfaces();
}
NodeStats Node::stats() const {
    return core_->stats();
}
std::vector<StreamInfo> Node::streams() const {
    return core_->streams();
}
const Capabilities& Node::capabilities() const {
    return core_->context().transport().capabilities();
}

RawPublisher::~RawPublisher() {
    if (core_ != nullptr) node_->release(*core_);
}

std::string_view RawPublisher::topic() const {
    return core_ ? core_->topic() : "";
}
std::size_t RawPublisher::listeners() const {
    return core_ ? core_->listeners() : 0;
}

const PublisherStats& RawPublisher::stats() const {
    static constexpr PublisherStats kNothing{};
    return core_ ? core_->stats() : kNothing;
}

std::uint64_t RawPublisher::newest() const {
    return core_ ? core_->newest() : 0;
}
std::uint64_t RawPublisher::acknowledged() const {
    return core_ ? core_->acknowledged() : 0;
}
std::uint64_t RawPublisher::acknowledged(PeerId subscriber) const {
    return core_ ? core_->acknowledged(subscriber) : 0;
}
std::vector<ReceiverInfo> RawPublisher::receivers() const {
    return core_ ? core_->receivers() : std::vector<ReceiverInfo>();
}

bool RawPublisher::flush_until_acknowledged(Instant deadline) {
    if (core_ == nullptr) return false;
    const auto done = [this] { return !core_->has_open() && core_->acknowledged() == newest(); };
    return node_->poll_while(deadline, [&] { return !done(); });
}

bool RawPublisher::publish(std::span<const std::byte> frame) {
    return core_ != nullptr && core_->publish_copy(frame);
}

bool RawPublisher::acquire(std::size_t size_hint, detail::Stretch& stretch) {
    return core_ != nullptr && core_->acquire(size_hint, stretch);
}

RawSubscriber::~RawSubscriber() {
    if (core_ != nullptr) node_->release(*core_);
}

std::string_view RawSubscriber::topic() const {
    return core_ ? core_->topic() : "";
}
std::size_t RawSubscriber::publishers() const {
    return core_ ? node_->publishers_of(*core_) : 0;
}

const SubscriberStats& RawSubscriber::stats() const {
    static constexpr SubscriberStats kNothing{};
    return core_ ? core_->stats() : kNothing;
}

const detail::MessageView* RawSubscriber::next() {
    return core_ ? core_->next() : nullptr;
}
void RawSubscriber::reject() {
    core_->reject();
}

}  // namespace mcast
