#include "mcast/node.hpp"

#include "node/node_core.hpp"

namespace mcast {

Result<Node> Node::open(const NodeOptions& options, Host host) {
    auto core = detail::NodeCore::make(options, std::move(host));
    if (!core) return core.error();
    if (const Result<void> opened = (*core)->open(); !opened)
        return opened.error().within("open " + options.name);
    return Node(std::move(*core));
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
