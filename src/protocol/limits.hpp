#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "mcast/time.hpp"

namespace mcast::protocol {

using std::chrono::milliseconds;

// Announcements of all nodes of a domain on one network together, replies included: bytes of UDP
// payload a second. With many peers everybody announces less often (RFC 3550, 6.2 has the idea).
inline constexpr std::uint64_t kAnnounceBandwidth = 64 * 1024;
// Half of it is for regular announcements, the rest for those that newcomers ask for.
inline constexpr std::uint64_t kRegularBandwidth = kAnnounceBandwidth / 2;

// After start, and when an interface comes up: the gaps behind the first announcements, which
// find a peer although one or two of them are lost.
inline constexpr Duration kBurstGaps[] = {milliseconds(50), milliseconds(100), milliseconds(250)};
// Regular announcements are spread by this share of their interval, to either side, so that nodes
// which started together do not stay in step.
inline constexpr double kJitter = 0.25;
// A newcomer is answered within this time for each peer that has to answer it as well.
inline constexpr Duration kReplyWindowPerPeer = milliseconds(1);
inline constexpr Duration kReplyWindowMin = milliseconds(2);
// Answers that may follow each other at once, in a small and in a large domain.
inline constexpr std::uint32_t kReplyBurst = 16;
inline constexpr std::uint32_t kReplyBurstCrowded = 1;
inline constexpr std::size_t kCrowd = 64;  // peers
inline constexpr Duration kAnnounceIntervalMin = milliseconds(100);
// A change of topics waits this long for others, so that one announcement tells them all.
inline constexpr Duration kChangeDelay = milliseconds(5);

// In announced intervals without a sign of life: long enough to lose two announcements in a row.
inline constexpr double kSilentAfter = 2.5;
inline constexpr double kDownAfter = 5.0;
// What a peer may claim its interval to be: below 20 ms it would flap, beyond 5 minutes it would
// occupy its place for ever.
inline constexpr Duration kClaimedIntervalMin = milliseconds(20);
inline constexpr Duration kClaimedIntervalMax = std::chrono::minutes(5);

// Four interfaces in all five ways: multicast and unicast of both families, broadcast.
inline constexpr std::size_t kPathsPerPeerMax = 20;
// … and its own addresses: four interfaces in both families.
inline constexpr std::size_t kAddressesPerPeerMax = 8;
inline constexpr std::size_t kTopicNamesPerPeerMax = 4096;  // bytes of names, all topics together
inline constexpr std::size_t kTombstonesMax = 64;           // peers that said bye are remembered

// Sequences further ahead than this are believed only when a second one confirms them (RFC 3550,
// A.1): otherwise one forged datagram would make all honest ones late.
inline constexpr std::uint64_t kSequenceJumpMax = 1u << 16;
inline constexpr std::uint64_t kSequenceWindow = 64;  // in which late and duplicate are told apart

// An incomplete large message is given up when no fragment came for this long.
inline constexpr Duration kReassemblyTimeout = milliseconds(500);

// --- Reliable streams ---

// How long an answer may take before it is asked again: before the round trip is known (longer than
// any on a LAN, since a request that was repeated measures nothing), and the bounds afterwards.
// Below half a millisecond schedulers and batches, not networks, are measured.
inline constexpr Duration kRetryInitial = milliseconds(40);
inline constexpr Duration kRetryMin = std::chrono::microseconds(500);
inline constexpr Duration kRetryMax = milliseconds(500);
// What measures longer is no round trip on a LAN but a clock that was set, or a lie.
inline constexpr Duration kRoundTripMax = milliseconds(500);
// Requests for the same datagram grow apart by doubling, up to this factor.
inline constexpr unsigned kRetryDoublingsMax = 6;

// Up to so many receivers each asks at once and by unicast, so that the publisher knows who misses
// what. Beyond, requests are multicast and randomly delayed, so that one speaks for all (RFC 5401).
inline constexpr std::size_t kSmallGroup = 4;
// The longest delay, in round trips: K of RFC 5401, 4.2.
inline constexpr int kBackoffRoundTrips = 4;
inline constexpr Duration kRoundTripAssumed = milliseconds(1);  // until it is measured

// Heartbeats: the first one this long after the last datagram, each later one twice as far apart.
inline constexpr Duration kHeartbeatFirst = milliseconds(1);
inline constexpr Duration kHeartbeatMax = milliseconds(500);

// Reports of all receivers of a stream together come no faster than one in this time, …
inline constexpr Duration kReportSpacing = std::chrono::microseconds(50);
// … and each while something has changed.
inline constexpr Duration kReportInterval = milliseconds(20);
// What a receiver takes before its first report says so, in datagrams.
inline constexpr std::uint64_t kWindowAssumed = 128;

// Who asks to join a stream, or for repair, and gets no answer for this long goes on without. A
// publisher that is gone altogether is down before.
inline constexpr Duration kJoinUnansweredMax = std::chrono::seconds(5);
inline constexpr Duration kUnansweredMax = std::chrono::seconds(10);

// An open block of parity is closed when nothing has been sent for this long.
inline constexpr Duration kParityQuiet = milliseconds(1);
// Of a stream with parity nothing is asked for before the parity has had time to come: a block and
// a quarter, but no longer than this.
inline constexpr Duration kParityWaitMax = milliseconds(20);

// Repairs take at most this share of the rate at which a stream was sent in the last second, but
// may always be sent at the least rate.
inline constexpr double kRepairShare = 0.5;
inline constexpr double kRepairRateMin = 2000.0;  // datagrams a second
inline constexpr double kRepairBurst = 128.0;     // datagrams

// A receiver whose kernel drops datagrams slows its publisher down to this share of its rate, once
// in kPaceHold; without further drops the rate grows by kPaceGrowth in each kPaceStep.
inline constexpr double kPaceCut = 0.7;
inline constexpr double kPaceGrowth = 1.1;
inline constexpr double kPaceRateMin = 500.0;  // datagrams a second
inline constexpr Duration kPaceHold = milliseconds(20);
inline constexpr Duration kPaceStep = milliseconds(50);

}  // namespace mcast::protocol
