#include "multiparty/gate/opening.h"

#include <algorithm>

#include "wire/pack.h"

namespace veilward::gate {
namespace {

constexpr std::size_t piece = 4096;  // packed, whole bytes at any width

}  // namespace

void opened_sums(std::span<const std::uint32_t> shares, std::span<const std::uint8_t> packed, int bits,
                 std::span<std::uint32_t> out) {
  const std::uint32_t ring = ~std::uint32_t{0} >> (32 - bits);
  while (!shares.empty()) {
    const std::size_t count = std::min(piece, shares.size()), bytes = wire::packed_bytes(count, bits);
    wire::unpack_words(packed.first(bytes), bits, out.first(count));
    for (std::size_t i = 0; i < count; ++i) out[i] = (out[i] + shares[i]) & ring;
    shares = shares.subspan(count);
    packed = packed.subspan(bytes);
    out = out.subspan(count);
  }
}

void opened_bits(std::span<const std::uint8_t> shares, std::span<const std::uint8_t> packed,
                 std::span<std::uint8_t> out) {
  wire::unpack_bytes(packed, 1, out);
  for (std::size_t i = 0; i < shares.size(); ++i) out[i] ^= shares[i];
}

}  // namespace veilward::gate
