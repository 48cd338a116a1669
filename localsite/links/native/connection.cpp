#include "connection.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace veilward::links {

Connection::Connection(Link& link, int dialler, int target, Nanos now)
    : link_(link), sockets_{dialler, target}, flows_{Flow(link.buffer), Flow(link.buffer)} {
  flows_[0].open_at = now + 2 * link.delay;
  flows_[1].open_at = now + link.delay;
  flows_[0].blocked = true;  // until the target's socket has connected
}

Connection::~Connection() {
  for (int socket : sockets_) close(socket);
}

void Connection::on_event(int side, std::uint32_t events, Nanos now) {
  const int towards = 1 - side;  // the direction that ends at this side
  if ((events & EPOLLOUT) != 0) flows_[towards].blocked = false;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(side, now);
  on_time(now);
}

void Connection::on_time(Nanos now) {
  for (int direction : {0, 1}) {
    if (!over_) deliver(direction, now);
  }
}

void Connection::receive(int side, Nanos now) {
  Flow& flow = flows_[side];
  if (flow.end != End::kNone) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(sockets_[side], SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) lost(side, now);
    return;
  }
  iovec spans[DelayLine::kReadBlocks];
  const int count = flow.line.free_spans(spans);
  if (count == 0) return;
  const ssize_t got = readv(sockets_[side], spans, count);
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) lost(side, now);
    return;
  }
  const Nanos sent = std::max(now, flow.open_at);
  Pacer& pacer = link_.pacers[side];
  if (got == 0) {
    flow.end = End::kFin;
    flow.end_due = pacer.finish(sent, 0) + link_.delay;
  }
  link_.bytes[side] += static_cast<std::uint64_t>(got);
  for (auto left = static_cast<std::size_t>(got); left > 0;) {
    const std::size_t piece = std::min(left, pacer.piece());
    flow.line.commit(piece, pacer.finish(sent, piece) + link_.delay);
    left -= piece;
  }
}

void Connection::deliver(int direction, Nanos now) {
  Flow& flow = flows_[direction];
  constexpr int kSpans = 16;
  iovec spans[kSpans];
  const bool due = !flow.line.empty() && flow.line.next_due() <= now;
  while (due && !flow.blocked) {
    msghdr message{};
    message.msg_iov = spans;
    message.msg_iovlen = static_cast<std::size_t>(flow.line.ready_spans(now + link_.together, spans, kSpans));
    if (message.msg_iovlen == 0) break;
    if (!flow.held_up && flow.line.next_due() <= now) link_.lateness.add(now - flow.line.next_due());
    const ssize_t sent = sendmsg(sockets_[1 - direction], &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      flow.line.pop(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      flow.blocked = flow.held_up = true;
    } else if (errno != EINTR) {
      return lost(1 - direction, now);
    }
  }
  if (flow.line.empty()) flow.held_up = false;
  finish(direction, now);
}

void Connection::finish(int direction, Nanos now) {
  Flow& flow = flows_[direction];
  if (flow.end == End::kNone || flow.ended || flow.end_due > now) return;
  if (flow.end == End::kReset) {
    const linger abort{1, 0};
    setsockopt(sockets_[1 - direction], SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    over_ = true;
  } else if (flow.line.empty()) {
    shutdown(sockets_[1 - direction], SHUT_WR);
    flow.ended = true;
    over_ = flows_[1 - direction].ended;
  }
}

void Connection::lost(int side, Nanos now) {
  Flow& from = flows_[side];
  flows_[1 - side].line.drop();
  if (from.end == End::kReset) return;
  from.end = End::kReset;
  from.ended = false;
  from.end_due = std::max(link_.pacers[side].finish(now, 0), from.open_at) + link_.delay;
}

Nanos Connection::next_time() const {
  Nanos next = kNever;
  for (const Flow& flow : flows_) {
    if (!flow.blocked && !flow.line.empty()) next = std::min(next, flow.line.next_due());
    const bool passes = flow.end == End::kReset || (flow.end == End::kFin && flow.line.empty());
    if (passes && !flow.ended) next = std::min(next, flow.end_due);
  }
  return next;
}

std::uint32_t Connection::interest(int side) const {
  const bool dead = flows_[side].end == End::kReset;
  const bool stops = flows_[1 - side].end == End::kReset;  // what it sends has nobody to go to
  const Flow& towards = flows_[1 - side];
  std::uint32_t wanted = 0;
  if (!dead && !stops && flows_[side].end == End::kNone && !flows_[side].line.full()) wanted |= EPOLLIN;
  if (!dead && towards.blocked) wanted |= EPOLLOUT;
  return wanted;
}

}  // namespace veilward::links
