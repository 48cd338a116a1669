#include "twoparty/linear/sample.h"

#include <bit>
#include <vector>

#include "twoparty/linear/isa.h"

static_assert(std::endian::native == std::endian::little, "streams are read as little-endian words");

namespace veilward::linear {
namespace {

std::span<std::uint8_t> bytes_of(std::span<u64> words) {
  return {reinterpret_cast<std::uint8_t*>(words.data()), words.size_bytes()};
}

/// Masks every word; returns how many are not below q.
VEILWARD_BODY void mask_words_body(u64* words, std::size_t n, u64 mask, u64 q, u64* too_large) {
  u64 count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    words[i] &= mask;
    count += words[i] >= q ? 1 : 0;
  }
  *too_large = count;
}

VEILWARD_BODY void binomial_body(u64* words, std::size_t n, u64 q) {
  constexpr u64 coins = 0x001fffff001fffffULL;  // 21 in each half
  for (std::size_t i = 0; i < n; ++i) {
    u64 x = words[i] & coins;
    x -= (x >> 1) & 0x5555555555555555ULL;
    x = (x & 0x3333333333333333ULL) + ((x >> 2) & 0x3333333333333333ULL);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
    x += x >> 8;
    x += x >> 16;
    const u64 difference = (x & 63) - ((x >> 32) & 63);
    words[i] = difference + (q & (0 - (difference >> 63)));
  }
}

VEILWARD_DISPATCH(mask_words, (u64 * words, std::size_t n, u64 mask, u64 q, u64* too_large),
                  (words, n, mask, q, too_large))
VEILWARD_DISPATCH(binomial, (u64 * words, std::size_t n, u64 q), (words, n, q))

}  // namespace

void sample_uniform(aes::Prg& prg, u64 q, std::span<u64> out) {
  const u64 mask = std::bit_ceil(q) - 1;  // q is an odd prime
  prg.fill(bytes_of(out));
  u64 too_large = 0;
  mask_words(out.data(), out.size(), mask, q, &too_large);
  for (std::size_t i = 0; too_large > 0 && i < out.size(); ++i)
    while (out[i] >= q) out[i] = prg.u64() & mask;
}

void sample_ternary(aes::Prg& prg, u64 q, std::span<u64> out) {
  std::vector<std::uint8_t> coins(out.size());
  prg.fill(coins);
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint8_t coin = coins[i];
    while (coin == 255) coin = static_cast<std::uint8_t>(prg.u64());  // 255 = 3 * 85 values are left
    const unsigned residue = coin % 3u;
    out[i] = residue == 2 ? q - 1 : residue;
  }
  aes::wipe(coins.data(), coins.size());
}

void sample_noise(aes::Prg& prg, u64 q, std::span<u64> out) {
  prg.fill(bytes_of(out));
  binomial(out.data(), out.size(), q);
}

}  // namespace veilward::linear
