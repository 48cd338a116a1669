#include "wire/pack.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

static_assert(std::endian::native == std::endian::little, "words are written as they lie");

namespace veilward::wire {
namespace {

/// So many values fill whole words of 32 bits, as many as a value has bits: every place is known when compiling.
constexpr std::size_t block = 32;

template <int bits>
constexpr std::uint64_t low = (std::uint64_t{1} << bits) - 1;

template <int bits, typename Word>
void pack_block(const Word* values, std::uint8_t* out) {
  std::uint64_t pending = 0;
  int filled = 0;
#pragma GCC unroll 32
  for (std::size_t i = 0; i < block; ++i) {
    pending |= (values[i] & low<bits>) << filled;
    filled += bits;
    if (filled >= 32) {
      const auto word = static_cast<std::uint32_t>(pending);
      std::memcpy(out, &word, 4);
      out += 4;
      pending >>= 32;
      filled -= 32;
    }
  }
}

/// Eight bits to eight bytes.
std::uint64_t spread(std::uint8_t byte) {
  const std::uint64_t apart = (byte * std::uint64_t{0x0101010101010101}) & 0x8040201008040201;
  return ((apart + 0x7f7f7f7f7f7f7f7f) >> 7) & 0x0101010101010101;
}

template <int bits, typename Word>
void unpack_block(const std::uint8_t* packed, Word* values) {
  if constexpr (bits == 1 && sizeof(Word) == 1) {
    for (std::size_t i = 0; i < block / 8; ++i) {
      const std::uint64_t eight = spread(packed[i]);
      std::memcpy(values + 8 * i, &eight, 8);
    }
    return;
  }
  std::uint64_t pending = 0;
  int filled = 0;
#pragma GCC unroll 32
  for (std::size_t i = 0; i < block; ++i) {
    if (filled < bits) {
      std::uint32_t word;
      std::memcpy(&word, packed, 4);
      packed += 4;
      pending |= std::uint64_t{word} << filled;
      filled += 32;
    }
    values[i] = static_cast<Word>(pending & low<bits>);
    pending >>= bits;
    filled -= bits;
  }
}

template <int bits, typename Word>
void pack_of(std::span<const Word> values, std::span<std::uint8_t> out) {
  const std::size_t whole = values.size() / block;
  for (std::size_t at = 0; at < whole; ++at) pack_block<bits>(values.data() + at * block, out.data() + at * 4 * bits);
  const std::size_t left = values.size() - whole * block;
  if (left == 0) return;
  Word last[block] = {};
  std::uint8_t packed[4 * bits];
  std::memcpy(last, values.data() + whole * block, left * sizeof(Word));
  pack_block<bits>(last, packed);
  std::memcpy(out.data() + whole * 4 * bits, packed, packed_bytes(left, bits));
}

template <int bits, typename Word>
void unpack_of(std::span<const std::uint8_t> packed, std::span<Word> values) {
  const std::size_t whole = values.size() / block;
  for (std::size_t at = 0; at < whole; ++at) {
    unpack_block<bits>(packed.data() + at * 4 * bits, values.data() + at * block);
  }
  const std::size_t left = values.size() - whole * block;
  if (left == 0) return;
  Word last[block];
  std::uint8_t rest[4 * bits] = {};
  std::memcpy(rest, packed.data() + whole * 4 * bits, packed_bytes(left, bits));
  unpack_block<bits>(rest, last);
  std::memcpy(values.data() + whole * block, last, left * sizeof(Word));
}

template <typename Word, int... less>
void pack(std::span<const Word> values, int bits, std::span<std::uint8_t> out,
          std::integer_sequence<int, less...> /*widths*/) {
  static constexpr std::array by_bits{&pack_of<less + 1, Word>...};
  by_bits[static_cast<std::size_t>(bits - 1)](values, out);
}

template <typename Word, int... less>
void unpack(std::span<const std::uint8_t> packed, int bits, std::span<Word> values,
            std::integer_sequence<int, less...> /*widths*/) {
  static constexpr std::array by_bits{&unpack_of<less + 1, Word>...};
  by_bits[static_cast<std::size_t>(bits - 1)](packed, values);
}

constexpr std::make_integer_sequence<int, 32> words_widths;
constexpr std::make_integer_sequence<int, 8> bytes_widths;

}  // namespace

void pack_words(std::span<const std::uint32_t> values, int bits, std::span<std::uint8_t> out) {
  pack(values, bits, out, words_widths);
}
void pack_bytes(std::span<const std::uint8_t> values, int bits, std::span<std::uint8_t> out) {
  pack(values, bits, out, bytes_widths);
}
void unpack_words(std::span<const std::uint8_t> packed, int bits, std::span<std::uint32_t> values) {
  unpack(packed, bits, values, words_widths);
}
void unpack_bytes(std::span<const std::uint8_t> packed, int bits, std::span<std::uint8_t> values) {
  unpack(packed, bits, values, bytes_widths);
}

}  // namespace veilward::wire
