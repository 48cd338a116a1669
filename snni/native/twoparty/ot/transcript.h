/// Digests for the consistency checks: BLAKE2b-256, by purpose and direction.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "aes/aes128.h"

namespace veilward::ot {

using aes::Block;
using Digest = std::array<std::uint8_t, 32>;

/// base_ot.h has 1 and 2.
enum class Purpose : std::uint8_t {
  softspoken_challenge = 3,
  softspoken_values = 4,
  leaves = 5,
  ferret_challenge = 6,
  ferret_values = 7
};

[[nodiscard]] Digest digest(Purpose purpose, std::uint8_t direction, std::uint64_t index,
                            std::span<const std::uint8_t> body);
[[nodiscard]] Digest digest(Purpose purpose, std::uint8_t direction, std::uint64_t index, std::span<const Block> body);
/// In time that does not depend on where they differ.
[[nodiscard]] bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

/// What one party has sent, as a chain of digests; every link is a challenge that this party could not foresee.
class Transcript {
 public:
  /// Links to the set-up, whose digest `start` is. purpose: the extension's challenge.
  void begin(Purpose purpose, std::uint8_t direction, Block start);
  /// Adds a part and draws the coefficient that checks it.
  [[nodiscard]] Block absorb(std::span<const std::uint8_t> part);

 private:
  Purpose purpose_{};
  std::uint8_t direction_ = 0;
  std::uint64_t parts_ = 0;
  Digest chain_{};
};

}  // namespace veilward::ot
