#pragma once
// One relayed connection: two sockets, a delay line each way, half-close and reset carried over like bytes.

#include <sys/epoll.h>

#include <array>
#include <cstdint>

#include "delay_line.hpp"
#include "lateness.hpp"

namespace veilward::links {

/// Of a direction: 0 from the dialler to the target ("up"), 1 back ("down"). Side 0 is the dialler, side 1 the target.
struct Link {
  Nanos delay;
  Nanos together;  // bytes due this soon after others leave with them; bytes that follow within it are read together
  std::size_t buffer;
  std::array<Pacer, 2> pacers;
  std::array<std::uint64_t, 2> bytes{};
  Lateness lateness;
};

class Connection {
 public:
  /// Owns both sockets, non-blocking; the target's may still be connecting.
  Connection(Link& link, int dialler, int target, Nanos now);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// What epoll told of a side.
  void on_event(int side, std::uint32_t events, Nanos now);
  /// Let out what is due.
  void on_time(Nanos now);
  /// When on_time has work again, or kNever.
  [[nodiscard]] Nanos next_time() const;
  /// What epoll shall tell of a side; 0: nothing.
  [[nodiscard]] std::uint32_t interest(int side) const;
  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] int socket(int side) const { return sockets_[side]; }

  static constexpr Nanos kNever = INT64_MAX;

 private:
  enum class End { kNone, kFin, kReset };
  struct Flow {
    explicit Flow(std::size_t buffer) : line(buffer) {}
    DelayLine line;
    Nanos open_at = 0;  // the sender cannot have sent before: its side of the handshake takes that long
    End end = End::kNone;
    Nanos end_due = 0;
    bool ended = false;    // the end has been passed on
    bool blocked = false;  // the receiver takes nothing now
    bool held_up = false;  // and what it holds is late for that reason
  };

  void receive(int side, Nanos now);
  void deliver(int direction, Nanos now);
  void finish(int direction, Nanos now);
  /// The socket of `side` is dead: what it sent still arrives, then a reset; what was meant for it is dropped.
  void lost(int side, Nanos now);

  Link& link_;
  std::array<int, 2> sockets_;
  std::array<Flow, 2> flows_;
  bool over_ = false;
};

}  // namespace veilward::links
