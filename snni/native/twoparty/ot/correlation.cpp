#include "twoparty/ot/correlation.h"

#include <array>
#include <cstring>
#include <stdexcept>

#include "twoparty/ot/kernels.h"

namespace veilward::ot {
namespace {

/// Bit j of every slot number s, at s.
constexpr std::array<std::uint32_t, 5> slots_with_bit{0xaaaaaaaaU, 0xccccccccU, 0xf0f0f0f0U, 0xff00ff00U, 0xffff0000U};

std::uint32_t low32(const Block& block) { return static_cast<std::uint32_t>(block.lo); }

std::uint32_t mask_of(int bits) { return 0xffffffffU >> (32 - bits); }

template <int bits>
void leaf_pads_of(std::span<const Block> hash0, std::span<const Block> hash1, std::uint32_t* pads) {
  constexpr std::uint32_t used = 0xffffffffU >> (32 - (1U << bits));
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
    pads[i] = static_cast<std::uint8_t>((pad >> rho[i]) & 1U);
  }
}

/// Bits 0..31 of a hash; the 19 above them; and above those 19 for each of four slots, in all 127.
std::uint32_t second19(const Block& block) { return static_cast<std::uint32_t>(block.lo >> 32) & 0x7ffffU; }
std::uint32_t crossed_slot(const Block& block, unsigned slot) {
  const std::array<std::uint64_t, 4> field{(block.lo >> 51) | (block.hi << 13), block.hi >> 6, block.hi >> 25,
                                           block.hi >> 44};
  return static_cast<std::uint32_t>(field[slot]) & 0x7ffffU;
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
    case 5:
      return body.template operator()<5>();
    case 6:
      return body.template operator()<6>();
    case 7:
      return body.template operator()<7>();
    case 8:
      return body.template operator()<8>();
    default:
      throw std::invalid_argument("slots have 1 to 8 bits");
  }
}

/// Bit j of every slot's number for 64 slots of one word, from slot 64 w on.
std::uint64_t numbers_with_bit(std::size_t j, std::size_t w) {
  constexpr std::array<std::uint64_t, 6> within{0xaaaaaaaaaaaaaaaaULL, 0xccccccccccccccccULL, 0xf0f0f0f0f0f0f0f0ULL,
                                                0xff00ff00ff00ff00ULL, 0xffff0000ffff0000ULL, 0xffffffff00000000ULL};
  return j < 6 ? within[j] : 0 - ((w >> (j - 6)) & 1);
}

std::uint64_t half_of(const Block& block, std::size_t which) { return which == 0 ? block.lo : block.hi; }

}  // namespace

void Correlation::check() const {
  const auto within = [this](int low, int high) { return low <= bits && bits <= high; };
  const bool fits = (kind == Kind::cot && within(0, 0)) || (kind == Kind::check && within(0, 0) && n == 128) ||
                    (kind == Kind::leaf && within(1, 5)) || (kind == Kind::wide && within(6, 8)) ||
                    (kind == Kind::bits2 && within(2, 2)) || (kind == Kind::pads && within(1, 32)) ||
                    (kind == Kind::crossed && within(32, 32));
  if (!fits) throw std::invalid_argument("bits does not fit the kind of correlation");
  if (n < 1 || n > max_n) throw std::invalid_argument("n must be in 1..2^24");
}

std::size_t Correlation::transfers() const {
  if (kind == Kind::leaf || kind == Kind::wide) return static_cast<std::size_t>(bits);
  return kind == Kind::crossed ? 2 : 1;
}

void leaf_pads(int bits, std::span<const Block> hash0, std::span<const Block> hash1, std::uint32_t* pads) {
  with_bits(bits, [&]<int b>() {
    if constexpr (b <= 5) leaf_pads_of<b>(hash0, hash1, pads);
  });
}

void wide_pads(int bits, std::span<const Block> hash0, std::span<const Block> hash1, std::uint32_t* pads) {
  const auto each = static_cast<std::size_t>(bits);
  const std::size_t words = wide_words(bits) / 2, slots_words = bits == 6 ? 1 : words;
  for (std::size_t i = 0; i < hash0.size() / each; ++i) {
    for (std::size_t w = 0; w < words; ++w) {
      std::uint64_t pad = 0;
      for (std::size_t j = 0; j < each; ++j) {
        const std::uint64_t zero = half_of(hash0[i * each + j], w & 1), one = half_of(hash1[i * each + j], w & 1);
        pad ^= zero ^ ((zero ^ one) & numbers_with_bit(j, w % slots_words));
      }
      std::memcpy(pads + wide_words(bits) * i + 2 * w, &pad, sizeof pad);
    }
  }
}

void wide_pad(int bits, std::span<const Block> hash, const std::uint8_t* rho, std::uint8_t* pads) {
  const auto each = static_cast<std::size_t>(bits);
  for (std::size_t i = 0; i < hash.size() / each; ++i) {
    Block sum{};
    for (std::size_t j = 0; j < each; ++j) sum = sum ^ hash[i * each + j];
    const unsigned shift = rho[i] & 63U;
    const std::uint64_t low = sum.lo >> shift & 1U, high = sum.hi >> shift & 1U, upper = rho[i] >> 6U & 1U;
    // Both are read: the time does not depend on the choice.
    const std::uint64_t pad = bits == 6 ? low | high << 1 : (low & (upper ^ 1U)) | (high & upper);
    pads[i] = static_cast<std::uint8_t>(pad);
  }
}

void short_pads(int bits, std::span<const Block> hash, std::uint32_t* pads) {
  extension_kernels().low(hash.data(), hash.size(), mask_of(bits), pads);
}
void short_pads(int bits, std::span<const Block> hash, std::uint8_t* pads) {
  const std::uint32_t mask = mask_of(bits);
  for (std::size_t i = 0; i < hash.size(); ++i) pads[i] = static_cast<std::uint8_t>(low32(hash[i]) & mask);
}

void crossed_pads(std::span<const Block> hash0, std::span<const Block> hash1, std::uint32_t* pads) {
  for (std::size_t i = 0; i < hash0.size() / 2; ++i) {
    std::uint32_t* const out = pads + 10 * i;
    const std::array<const Block*, 2> first{&hash0[2 * i], &hash1[2 * i]}, second{&hash0[2 * i + 1], &hash1[2 * i + 1]};
    for (unsigned choice = 0; choice < 2; ++choice) {
      out[choice] = low32(*first[choice]);
      out[2 + choice] = second19(*first[choice]);
      out[4 + choice] = second19(*second[choice]);
    }
    for (unsigned slot = 0; slot < 4; ++slot) out[6 + slot] = crossed_slot(*first[slot & 1] ^ *second[slot >> 1], slot);
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
  with_bits(bits, [&]<int b>() {
    if constexpr (b <= 5) leaf_pad_of<b>(hash, rho, pads);
  });
}

void crossed_pad(std::span<const Block> hash, const std::uint8_t* rho, std::uint32_t* pads) {
  for (std::size_t i = 0; i < hash.size() / 2; ++i) {
    const Block &first = hash[2 * i], &second = hash[2 * i + 1];
    std::uint32_t* const out = pads + 4 * i;
    out[0] = low32(first);
    out[1] = second19(first);
    out[2] = second19(second);
    out[3] = crossed_slot(first ^ second, rho[i] & 3U);
  }
}

}  // namespace veilward::ot
