#include "multiparty/field/bits.h"

namespace veilward::field {
namespace {

Word mask(std::span<const std::uint8_t> bits, std::size_t i) {
  return 0 - static_cast<Word>((bits[i / 8] >> (i % 8)) & 1);
}

}  // namespace

void spread(std::span<const std::uint8_t> bits, std::span<const Word> weights, std::span<Word> out) {
  for (std::size_t i = 0; i < weights.size(); ++i) out[i] = weights[i] & mask(bits, i);
}

Word chosen_sum(std::span<const std::uint8_t> bits, std::span<const Word> weights) {
  Word sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum ^= weights[i] & mask(bits, i);
  return sum;
}

}  // namespace veilward::field
