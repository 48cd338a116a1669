#include "wire/pack.h"

#include <cstring>

namespace veilward::wire {
namespace {

template <typename Word>
void pack(std::span<const Word> values, int bits, std::span<std::uint8_t> out) {
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  std::uint64_t pending = 0;
  int filled = 0;
  std::size_t at = 0;
  for (const Word value : values) {
    pending |= (value & mask) << filled;
    filled += bits;
    if (filled >= 32) {
      const auto word = static_cast<std::uint32_t>(pending);
      std::memcpy(out.data() + at, &word, 4);
      at += 4;
      pending >>= 32;
      filled -= 32;
    }
  }
  for (; filled > 0; filled -= 8, pending >>= 8) out[at++] = static_cast<std::uint8_t>(pending);
}

template <typename Word>
void unpack(std::span<const std::uint8_t> packed, int bits, std::span<Word> values) {
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  std::uint64_t pending = 0;
  int filled = 0;
  std::size_t at = 0;
  for (Word& value : values) {
    if (filled < bits) {
      if (at + 4 <= packed.size()) {
        std::uint32_t word;
        std::memcpy(&word, packed.data() + at, 4);
        pending |= std::uint64_t{word} << filled;
        filled += 32;
        at += 4;
      } else {
        for (; filled < bits; filled += 8) pending |= std::uint64_t{packed[at++]} << filled;
      }
    }
    value = static_cast<Word>(pending & mask);
    pending >>= bits;
    filled -= bits;
  }
}

}  // namespace

void pack_words(std::span<const std::uint32_t> values, int bits, std::span<std::uint8_t> out) {
  pack<std::uint32_t>(values, bits, out);
}
void pack_bytes(std::span<const std::uint8_t> values, int bits, std::span<std::uint8_t> out) {
  pack<std::uint8_t>(values, bits, out);
}
void unpack_words(std::span<const std::uint8_t> packed, int bits, std::span<std::uint32_t> values) {
  unpack<std::uint32_t>(packed, bits, values);
}
void unpack_bytes(std::span<const std::uint8_t> packed, int bits, std::span<std::uint8_t> values) {
  unpack<std::uint8_t>(packed, bits, values);
}

}  // namespace veilward::wire
