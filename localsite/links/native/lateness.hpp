#pragma once
// How much later than due bytes left, as a histogram of doubling buckets.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace veilward::links {

class Lateness {
 public:
  void add(std::int64_t nanos) {
    const auto micros = static_cast<std::uint64_t>(nanos < 0 ? 0 : nanos / 1000);
    ++buckets_[std::min<std::size_t>(std::bit_width(micros), buckets_.size() - 1)];
    ++count_;
    if (micros > max_us_) max_us_ = micros;
  }
  /// Upper edge in microseconds of the bucket that holds this share of all; 0 without any.
  [[nodiscard]] std::uint64_t percentile_us(double share) const {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (count_ > 0 && static_cast<double>(seen) >= share * static_cast<double>(count_)) return std::uint64_t{1} << i;
    }
    return 0;
  }
  [[nodiscard]] std::uint64_t max_us() const { return max_us_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::array<std::uint64_t, 40> buckets_{};
  std::uint64_t count_ = 0, max_us_ = 0;
};

}  // namespace veilward::links
