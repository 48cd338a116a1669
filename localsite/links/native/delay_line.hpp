#pragma once
// What a relay holds of one direction of a connection, and when it may leave. Pure: no I/O, no clock; times are given.

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace veilward::links {

using Nanos = std::int64_t;

/// Serialisation at a fixed rate: when the last of n bytes that arrive now is on the line. One for each direction of a
/// link, shared by its connections; nothing is let through faster for having waited (a token bucket of depth 0).
class Pacer {
 public:
  explicit Pacer(std::uint64_t bytes_per_s) : bytes_per_s_(bytes_per_s) {}  // 0: no limit

  Nanos finish(Nanos now, std::size_t bytes) {
    if (bytes_per_s_ == 0) return now;
    const auto spent = static_cast<Nanos>(1e9 * static_cast<double>(bytes) / static_cast<double>(bytes_per_s_));
    busy_until_ = std::max(now, busy_until_) + spent;
    return busy_until_;
  }
  /// Bytes that are stamped together: 250 microseconds' worth.
  [[nodiscard]] std::size_t piece() const {
    return bytes_per_s_ == 0 ? SIZE_MAX : std::max<std::size_t>(4096, bytes_per_s_ / 4000);
  }

 private:
  std::uint64_t bytes_per_s_;
  Nanos busy_until_ = 0;
};

/// A queue of at most `capacity` bytes (and up to kReadBlocks + kSpares blocks of slack) in blocks that are used again.
class DelayLine {
 public:
  static constexpr std::size_t kBlock = 64 << 10;
  static constexpr int kReadBlocks = 4;
  static constexpr std::size_t kSpares = 4;
  static constexpr Nanos kTogether = 10'000;  // bytes due within this leave together, with the last of them

  explicit DelayLine(std::size_t capacity) : capacity_(capacity) {}

  [[nodiscard]] std::size_t held() const { return in_ - out_; }
  [[nodiscard]] bool full() const { return held() >= capacity_; }
  [[nodiscard]] bool empty() const { return in_ == out_; }
  /// When the first byte may leave; call only where there is one.
  [[nodiscard]] Nanos next_due() const { return stamps_.front().due; }

  /// Where to put bytes; the number of spans filled in, at most kReadBlocks.
  int free_spans(iovec* spans) {
    std::size_t left = std::min(capacity_ - std::min(capacity_, held()), kBlock * (kReadBlocks - 1));
    int count = 0;
    for (std::uint64_t at = in_; left > 0 && count < kReadBlocks; ++count) {
      spans[count] = span(at, left);
      at += spans[count].iov_len;
      left -= spans[count].iov_len;
    }
    return count;
  }

  /// The next n bytes of the free spans are there and may leave at `due`, which never goes back.
  void commit(std::size_t n, Nanos due) {
    in_ += n;
    if (!stamps_.empty() && due - stamps_.back().first <= kTogether) {
      stamps_.back().end = in_;
      stamps_.back().due = due;
    } else {
      stamps_.push_back({in_, due, due});
    }
  }

  /// Bytes that may leave now; the number of spans filled in, at most `most`.
  int ready_spans(Nanos now, iovec* spans, int most) {
    std::uint64_t end = out_;
    for (const Stamp& stamp : stamps_) {
      if (stamp.due > now) break;
      end = stamp.end;
    }
    int count = 0;
    for (std::uint64_t at = out_; at < end && count < most; ++count) {
      spans[count] = span(at, end - at);
      at += spans[count].iov_len;
    }
    return count;
  }

  /// The first n bytes have left.
  void pop(std::size_t n) {
    out_ += n;
    while (!stamps_.empty() && stamps_.front().end <= out_) stamps_.pop_front();
    while (!blocks_.empty() && base_ + kBlock <= out_) {
      if (spares_.size() < kSpares) spares_.push_back(std::move(blocks_.front()));
      blocks_.pop_front();
      base_ += kBlock;
    }
  }

  void drop() { pop(held()); }

 private:
  struct Stamp {
    std::uint64_t end;  // bytes of the stream up to here
    Nanos due, first;
  };
  using Block = std::unique_ptr<std::byte[]>;

  iovec span(std::uint64_t at, std::size_t most) {
    const std::size_t index = (at - base_) / kBlock, offset = (at - base_) % kBlock;
    while (index >= blocks_.size()) blocks_.push_back(fresh());
    return {blocks_[index].get() + offset, std::min(most, kBlock - offset)};
  }

  Block fresh() {
    if (spares_.empty()) return std::make_unique_for_overwrite<std::byte[]>(kBlock);
    Block block = std::move(spares_.back());
    spares_.pop_back();
    return block;
  }

  std::size_t capacity_;
  std::uint64_t base_ = 0, in_ = 0, out_ = 0;  // offsets in the stream: first block, end, start of what is held
  std::deque<Block> blocks_;
  std::vector<Block> spares_;
  std::deque<Stamp> stamps_;
};

}  // namespace veilward::links
