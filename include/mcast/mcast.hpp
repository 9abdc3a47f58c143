#pragma once

// Everything a program that publishes or subscribes needs.
#include "mcast/event.hpp"
#include "mcast/message.hpp"
#include "mcast/node.hpp"
#include "mcast/options.hpp"
#include "mcast/peer.hpp"
#include "mcast/publisher.hpp"
#include "mcast/result.hpp"
#include "mcast/stats.hpp"
#include "mcast/subscriber.hpp"
#include "mcast/time.hpp"
#include "mcast/topic.hpp"
