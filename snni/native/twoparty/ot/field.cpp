#include "twoparty/ot/field.h"

namespace veilward::ot {

Powers powers_of(Block chi) {
  Powers out;
  extension_kernels().powers(chi, &out);
  return out;
}

Block power(Block chi, std::size_t exponent, int bits) {
  const auto& multiply = *extension_kernels().multiply;
  Block out{1, 0};
  for (int bit = bits - 1; bit >= 0; --bit) {
    out = multiply(out, out);
    const std::uint64_t mask = 0 - static_cast<std::uint64_t>((exponent >> bit) & 1);
    const Block factor{(chi.lo & mask) | (1 & ~mask), chi.hi & mask};
    out = multiply(out, factor);
  }
  return out;
}

Block packed(std::span<const Block> in) {
  Block out;
  for (std::size_t i = in.size(); i-- > 0;) {
    const std::uint64_t carry = 0 - (out.hi >> 63);
    out = Block{(out.lo << 1) ^ (carry & 0x87), (out.hi << 1) | (out.lo >> 63)} ^ in[i];
  }
  return out;
}

}  // namespace veilward::ot
