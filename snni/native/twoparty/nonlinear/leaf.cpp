#include "twoparty/nonlinear/leaf.h"

#include "twoparty/nonlinear/slots.h"

namespace veilward::nonlinear {
namespace {

template <int digit_bits, bool with_carry>
void words_of(std::span<const std::uint32_t> s, int shift, std::span<const std::uint8_t> e,
              std::span<const std::uint8_t> carry, std::span<const std::uint8_t> share,
              std::span<const std::uint32_t> pads, std::span<std::uint32_t> words) {
  constexpr unsigned digits = 1u << digit_bits;
  constexpr std::uint32_t one_carry = low_slots(digits), used = low_slots(with_carry ? 2 * digits : digits);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint32_t y = (~s[i] >> shift) & (digits - 1);
    const std::uint32_t equal = 1u << y, greater = one_carry & ~((equal << 1) - 1);
    std::uint32_t word = greater;
    if constexpr (with_carry) {
      const std::uint32_t in = 0u - (carry[i] & 1u);
      word = (greater | (equal & in)) | ((greater | (equal & ~in)) << digits);
    }
    word = permuted(word, e[i], digit_bits + (with_carry ? 1 : 0));
    words[i] = (word ^ (0u - (share[i] & 1u)) ^ pads[i]) & used;
  }
}

/// Calls body with the digit's bits as a constant; the caller has checked the range.
template <class Body>
void with_digit(int digit_bits, Body body) {
  switch (digit_bits) {
    case 1:
      return body.template operator()<1>();
    case 2:
      return body.template operator()<2>();
    case 3:
      return body.template operator()<3>();
    case 4:
      return body.template operator()<4>();
    default:
      return body.template operator()<5>();
  }
}

}  // namespace

int slots_of(int digit_bits, bool carry) { return 1 << (digit_bits + (carry ? 1 : 0)); }

void leaf_words(std::span<const std::uint32_t> s, int shift, int digit_bits, std::span<const std::uint8_t> e,
                std::span<const std::uint8_t> carry, std::span<const std::uint8_t> share,
                std::span<const std::uint32_t> pads, std::span<std::uint32_t> words) {
  with_digit(digit_bits, [&]<int b>() {
    if constexpr (b < 5) {
      if (!carry.empty()) return words_of<b, true>(s, shift, e, carry, share, pads, words);
    }
    words_of<b, false>(s, shift, e, carry, share, pads, words);
  });
}

void leaf_open(std::span<const std::uint32_t> words, std::span<const std::uint8_t> rho,
               std::span<const std::uint8_t> pads, std::span<std::uint8_t> share) {
  for (std::size_t i = 0; i < words.size(); ++i)
    share[i] = static_cast<std::uint8_t>(((words[i] >> (rho[i] & 31u)) ^ pads[i]) & 1u);
}

void leaf_choice(std::span<const std::uint32_t> c, int shift, int digit_bits, std::span<const std::uint8_t> rho,
                 std::span<std::uint8_t> e) {
  const std::uint32_t digit_mask = (1u << digit_bits) - 1;
  for (std::size_t i = 0; i < e.size(); ++i) e[i] = static_cast<std::uint8_t>(((c[i] >> shift) ^ rho[i]) & digit_mask);
}

}  // namespace veilward::nonlinear
