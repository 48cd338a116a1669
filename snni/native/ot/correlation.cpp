#include "ot/correlation.h"

#include <array>
#include <cstring>
#include <stdexcept>

namespace veilward::ot {
namespace {

/// Bit j of every slot number s, at s and at 16 + s.
constexpr std::array<std::uint32_t, 4> slots_with_bit{0xaaaaaaaaU, 0xccccccccU, 0xf0f0f0f0U, 0xff00ff00U};

std::uint32_t low32(const Block& block) { return static_cast<std::uint32_t>(block.lo); }

template <class Word>
void low_bits(std::uint32_t mask, std::span<const Block> hash, Word* pads) {
  for (std::size_t i = 0; i < hash.size(); ++i) pads[i] = static_cast<Word>(low32(hash[i]) & mask);
}

std::uint32_t mask_of(int bits) { return 0xffffffffU >> (32 - bits); }

template <int bits>
void leaf_pads_of(std::span<const Block> hash0, std::span<const Block> hash1, std::uint32_t* pads) {
  constexpr std::uint32_t used = ((1U << (1U << bits)) - 1U) * 0x00010001U;
  const std::size_t n = hash0.size() / bits;
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t pad = 0;
    for (std::size_t j = 0; j < bits; ++j) {
      const std::uint32_t zero = low32(hash0[i * bits + j]), one = low32(hash1[i * bits + j]);
      pad ^= zero ^ ((zero ^ one) & slots_with_bit[j]);
    }
    pads[i] = pad & used;
  }
}

template <int bits>
void leaf_pad_of(std::span<const Block> hash, const std::uint8_t* rho, std::uint8_t* pads) {
  const std::size_t n = hash.size() / bits;
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t pad = 0;
    for (std::size_t j = 0; j < bits; ++j) pad ^= low32(hash[i * bits + j]);
    const std::uint32_t slot = pad >> rho[i];
    pads[i] = static_cast<std::uint8_t>((slot & 1U) | ((slot >> 15) & 2U));
  }
}

/// Calls body with bits as a constant.
template <class Body>
void with_bits(int bits, Body body) {
  switch (bits) {
    case 1:
      return body.template operator()<1>();
    case 2:
      return body.template operator()<2>();
    case 3:
      return body.template operator()<3>();
    case 4:
      return body.template operator()<4>();
    default:
      throw std::invalid_argument("leaf digits have 1 to 4 bits");
  }
}

}  // namespace

void Correlation::check() const {
  const auto within = [this](int low, int high) { return low <= bits && bits <= high; };
  const bool fits = (kind == Kind::cot && within(0, 0)) || (kind == Kind::check && within(0, 0) && n == 128) ||
                    (kind == Kind::leaf && within(1, 4)) || (kind == Kind::bits2 && within(2, 2)) ||
                    (kind == Kind::pads && within(1, 32)) || (kind == Kind::pads4 && within(32, 32));
  if (!fits) throw std::invalid_argument("bits does not fit the kind of correlation");
  if (n < 1 || n > max_n) throw std::invalid_argument("n must be in 1..2^24");
}

std::size_t Correlation::transfers() const {
  if (kind == Kind::leaf) return static_cast<std::size_t>(bits);
  return kind == Kind::pads4 ? 2 : 1;
}

void leaf_pads(int bits, std::span<const Block> hash0, std::span<const Block> hash1, std::uint32_t* pads) {
  with_bits(bits, [&]<int b>() { leaf_pads_of<b>(hash0, hash1, pads); });
}

void short_pads(int bits, std::span<const Block> hash, std::uint32_t* pads) { low_bits(mask_of(bits), hash, pads); }
void short_pads(int bits, std::span<const Block> hash, std::uint8_t* pads) { low_bits(mask_of(bits), hash, pads); }

void four_pads(std::span<const Block> hash0, std::span<const Block> hash1, std::uint32_t* pads) {
  // Slot s is word s; transfer 0 decides the words 1 and 3, transfer 1 the words 2 and 3.
  constexpr Block odd{0xffffffff00000000ULL, 0xffffffff00000000ULL}, high{0, ~0ULL};
  const std::size_t n = hash0.size() / 2;
  for (std::size_t i = 0; i < n; ++i) {
    const Block first = hash0[2 * i] ^ ((hash0[2 * i] ^ hash1[2 * i]) & odd);
    const Block second = hash0[2 * i + 1] ^ ((hash0[2 * i + 1] ^ hash1[2 * i + 1]) & high);
    const Block pad = first ^ second;
    std::memcpy(pads + 4 * i, &pad, sizeof pad);
  }
}

void pack_choices(int bits, const std::uint8_t* choices, std::size_t first, std::span<std::uint8_t> rho) {
  const std::uint64_t mask = (1U << bits) - 1U;
  std::size_t at = first;
  for (std::uint8_t& out : rho) {
    std::uint64_t word;
    std::memcpy(&word, choices + at / 8, sizeof word);
    out = static_cast<std::uint8_t>((word >> (at % 8)) & mask);
    at += static_cast<std::size_t>(bits);
  }
}

void pack_choices(int each, std::span<const Block> transfers, std::uint8_t* rho) {
  with_bits(each, [&]<std::size_t bits>() {
    const std::size_t n = transfers.size() / bits;
    for (std::size_t i = 0; i < n; ++i) {
      std::uint64_t out = 0;
      for (std::size_t j = 0; j < bits; ++j) out |= (transfers[i * bits + j].lo & 1) << j;
      rho[i] = static_cast<std::uint8_t>(out);
    }
  });
}

void leaf_pad(int bits, std::span<const Block> hash, const std::uint8_t* rho, std::uint8_t* pads) {
  with_bits(bits, [&]<int b>() { leaf_pad_of<b>(hash, rho, pads); });
}

void four_pad(std::span<const Block> hash, const std::uint8_t* rho, std::uint32_t* pads) {
  const std::size_t n = hash.size() / 2;
  for (std::size_t i = 0; i < n; ++i) {
    const Block both = hash[2 * i] ^ hash[2 * i + 1];
    const std::uint64_t half = (both.lo & (static_cast<std::uint64_t>(rho[i] >> 1) - 1)) |
                               (both.hi & (0 - static_cast<std::uint64_t>(rho[i] >> 1)));
    pads[i] = static_cast<std::uint32_t>(half >> (32 * (rho[i] & 1)));
  }
}

}  // namespace veilward::ot
