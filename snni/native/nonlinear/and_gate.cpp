#include "and_gate.hpp"

namespace veilward::nonlinear {

void and_triples(std::span<const std::uint8_t> choice, std::span<const std::uint8_t> received,
                 std::span<const std::uint8_t> sent0, std::span<const std::uint8_t> sent1,
                 std::span<std::uint8_t> triples) {
  for (std::size_t i = 0; i < triples.size(); ++i) {
    const unsigned a = choice[i] & 1u;
    const unsigned b = (sent0[i] ^ sent1[i]) & 3u;
    const unsigned c = ((0u - a) & b) ^ (received[i] & 3u) ^ (sent0[i] & 3u);
    triples[i] = static_cast<std::uint8_t>(a | (b << 1) | (c << 3));
  }
}

void and_open(std::span<const std::uint8_t> hi, std::span<const std::uint8_t> lo, std::span<const std::uint8_t> triples,
              std::span<std::uint8_t> opening) {
  for (std::size_t i = 0; i < opening.size(); ++i)
    opening[i] = static_cast<std::uint8_t>((((hi[i] >> 1) & 1u) | ((lo[i] & 3u) << 1)) ^ (triples[i] & 7u));
}

void and_close(std::span<const std::uint8_t> hi, std::span<const std::uint8_t> triples,
               std::span<const std::uint8_t> opening, bool leader, std::span<std::uint8_t> out) {
  const unsigned lead = leader ? 3u : 0u;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const unsigned alpha = 0u - (opening[i] & 1u);
    const unsigned beta = (opening[i] >> 1) & 3u;
    const unsigned a = 0u - (triples[i] & 1u);
    const unsigned b = (triples[i] >> 1) & 3u;
    const unsigned c = (triples[i] >> 3) & 3u;
    const unsigned product = c ^ (alpha & b) ^ (a & beta) ^ (alpha & beta & lead);
    out[i] = static_cast<std::uint8_t>((product ^ (hi[i] & 1u)) & 3u);
  }
}

}  // namespace veilward::nonlinear
