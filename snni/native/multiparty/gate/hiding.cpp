#include "multiparty/gate/hiding.h"

#include <algorithm>
#include <array>

#include "aes/prg.h"
#include "wire/pack.h"

namespace veilward::gate {
namespace {

constexpr std::size_t piece = 1024;  // packed, whole bytes at any width

}  // namespace

void hide(std::span<const std::uint8_t, 16> seed, std::uint64_t stream, Shared how,
          std::span<const std::uint32_t> values, int bits, std::span<std::uint8_t> out) {
  aes::Prg source(seed, stream);
  std::array<std::uint32_t, piece> drawn;
  while (!values.empty()) {
    const std::size_t count = std::min(piece, values.size());
    const std::span<std::uint32_t> shares(drawn.data(), count);
    source.words(bits, shares);
    if (how == Shared::sum) {
      for (std::size_t i = 0; i < count; ++i) shares[i] = values[i] - shares[i];
    } else {
      for (std::size_t i = 0; i < count; ++i) shares[i] ^= values[i];
    }
    const std::size_t bytes = wire::packed_bytes(count, bits);
    wire::pack_words(shares, bits, out.first(bytes));
    values = values.subspan(count);
    out = out.subspan(bytes);
  }
  aes::wipe(drawn.data(), sizeof drawn);
}

}  // namespace veilward::gate
