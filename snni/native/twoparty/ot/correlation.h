/// What is made of random transfers: kernels from hashed blocks to pads.
/// 1-of-N from 1-of-2: Naor, Pinkas, "Computationally Secure Oblivious Transfer", J. Cryptology 18 (2005),
/// with every slot reading its own bits of the hashes: pad_i = XOR_j H(K_j^{i_j})[slot i].
///   leaf   [pads of 2^bits slots, 1 bit each; rho, pad_rho] from `bits` transfers, 1 <= bits <= 5
///   wide   the same for 6 to 8 bits, two bits a slot at 6: planes of 2^bits slots
///   bits2  [m0, m1 of 2 bits; choice, m_choice] from one
///   pads   [p0, p1 of `bits` bits; rho, p_rho] from one, 1 <= bits <= 32
///   crossed [a0, a1 of 32 bits, e0, e1 and m0, m1 of 19, b0..b3 of 19; rho in 0..3 with its bits i, j; a_i, e_i, m_j,
///          b_rho] from two
///   cot    [q; b, t] with t = q xor b Delta, not hashed
///   check  the same, 128 of them: what a consistency check uses up
/// Symbols: K_j^0 = q_j, K_j^1 = q_j xor Delta; bit j of rho is the choice of transfer j; H is aes/mitccrh.h.
/// Why slots: if all pads read the same bits, pad_0 xor pad_1 xor pad_2 xor pad_3 would be zero. With a slot each,
/// every pad but the receiver's own contains hash bits that no other pad contains and that it has no key for, so that
/// all of them together are uniform to it. crossed: what the first transfer alone decides, a and e, and what the second
/// alone does, m, read bits of it that no b reads.
/// Security model: semi-honest; correlation robustness of H. Exact. Cost: see Correlation::transfers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "aes/aes128.h"

namespace veilward::ot {

using aes::Block;

enum class Kind : std::uint8_t { cot = 0, leaf = 1, bits2 = 2, pads = 3, crossed = 4, check = 5, wide = 6 };

/// One request: n results of a kind.
struct Correlation {
  static constexpr std::size_t max_n = std::size_t{1} << 24;

  Kind kind;
  int bits;
  std::size_t n;

  /// Throws std::invalid_argument unless 1 <= n <= 2^24 and bits fits the kind (0 for cot and check, 2 for bits2, 32
  /// for crossed).
  void check() const;
  /// Random transfers used for one result.
  [[nodiscard]] std::size_t transfers() const;
  /// Whether results are made of the transfers' hashes, or are the transfers.
  [[nodiscard]] bool hashed() const { return kind != Kind::cot && kind != Kind::check; }
  /// Blocks of 128 transfers used for all.
  [[nodiscard]] std::size_t blocks() const { return (n * transfers() + 127) / 128; }
};

/// Sender. hash0[j] = H(K_j^0), hash1[j] = H(K_j^1); hash0.size() is a multiple of the transfers a result.
/// pads[i]: bit s is slot s's pad; bits of slots >= 2^bits are 0.
void leaf_pads(int bits, std::span<const Block> hash0, std::span<const Block> hash1, std::uint32_t* pads);
/// 6 <= bits <= 8. pads: wide_words(bits) a result. Slot s is bit s of the first 2^bits bits; at 6 bits its second bit
/// is bit s of the next 64. Slots s and s + 128 read one bit of each hash: they differ in what the last transfer's hash
/// is, and the receiver lacks one of those two.
void wide_pads(int bits, std::span<const Block> hash0, std::span<const Block> hash1, std::uint32_t* pads);
/// Words of 32 bits that the pads of one result fill: 4, or 8 for 256 slots.
constexpr std::size_t wide_words(int bits) { return bits == 8 ? 8 : 4; }
void short_pads(int bits, std::span<const Block> hash, std::uint32_t* pads);
void short_pads(int bits, std::span<const Block> hash, std::uint8_t* pads);  // bits <= 8
/// pads: ten a result, a0, a1, e0, e1, m0, m1, b0..b3.
void crossed_pads(std::span<const Block> hash0, std::span<const Block> hash1, std::uint32_t* pads);

/// Receiver. hash[j] = H(t_j).
/// rho[i] in [0, 2^bits): the choices of transfers i bits .. i bits + bits - 1, least first. `choices` is packed,
/// least bit first, and holds eight readable bytes beyond the last used one.
void pack_choices(int bits, const std::uint8_t* choices, std::size_t first, std::span<std::uint8_t> rho);
/// The same from transfers whose choice is their bit 0: `each` of them a result.
void pack_choices(int each, std::span<const Block> transfers, std::uint8_t* rho);
/// pads[i]: the pad bit of slot rho[i].
void leaf_pad(int bits, std::span<const Block> hash, const std::uint8_t* rho, std::uint8_t* pads);
/// pads[i]: the pad of slot rho[i], one bit, or two at 6 bits.
void wide_pad(int bits, std::span<const Block> hash, const std::uint8_t* rho, std::uint8_t* pads);
/// pads: four a result, a_i, e_i, m_j and b_rho.
void crossed_pad(std::span<const Block> hash, const std::uint8_t* rho, std::uint32_t* pads);

}  // namespace veilward::ot
