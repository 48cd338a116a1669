/// The inner loops of both extensions, by instruction set (aes/aes128.h). Pure functions.
/// SoftSpokenOT: fold, transpose. Ferret: grow, encode, encode_hashed. Of both, pads: low; the consistency checks:
/// multiply, evaluate.
#pragma once

#include <array>

#include "aes/aes128.h"

namespace veilward::ot {

using aes::Block;

inline constexpr std::size_t transfers_per_block = 128;
/// A stripe is the width that both kernels work on: 32 blocks of every row, 4096 transfers.
inline constexpr std::size_t stripe_blocks = 32;
inline constexpr std::size_t rows = 128;

/// The public matrix of LPN, d = 10 ones a row. Row i reads the 64-bit words w_0..w_3 of AES(key, {2 i, 0}) and
/// AES(key, {2 i + 1, 0}); a word names three columns, its bits 4.., 24.. and 45.., and the last word only the first.
struct LpnMatrix {
  aes::RoundKeys key;
  int log_columns;  // at most 19
};
inline constexpr int lpn_weight = 10;
inline constexpr std::array lpn_shifts{0, 20, 41};  // of a word, to have a column's number at bit 4

/// chi^32 ... chi^1 in GF(2^128), in this order. Bit i of a block (least first) is the coefficient of X^i, modulo
/// X^128 + X^7 + X^2 + X + 1.
struct Powers {
  static constexpr std::size_t count = 32;
  std::array<Block, count> of;
};

/// Rows of that matrix times a secret, to be added to leaves. noisy: the row whose sum has its bit 0 turned over; none
/// if it is not below n.
struct LpnRows {
  const LpnMatrix& matrix;
  std::uint64_t first;
  const Block *secret, *leaves;
  std::size_t n, noisy;
};

/// Hashes by position (aes/mitccrh.h), those of i-th blocks under start and first + i: hash0 takes theirs; hash1, where
/// it is not null, those of the blocks and delta.
struct Hashes {
  Block start;
  std::uint64_t first;
  Block delta;
  Block *hash0, *hash1;
};

struct Kernels {
  /// Expands the 2^bits leaves of one group and sums them. With r_x block j = AES(keys[x], {first + j, 0}):
  ///   sum = XOR_x r_x,   row[b] = XOR_{x : bit b of x is 1} r_x   for b in 0..bits-1.
  /// With `punctured`, keys[0] is not read and r_0 counts as zero.
  /// sum: stripe_blocks; row: bits x stripe_blocks; both are written up to `blocks` rounded up to the stripe at most.
  void (*fold)(const aes::RoundKeys* keys, int bits, bool punctured, std::uint64_t first, std::size_t blocks,
               Block* sum, Block* row);
  /// in: rows x stripe_blocks, bit i of in[r] (bit i % 128 of block i / 128) becomes bit r of out[i].
  /// out: 128 * blocks transfers, rounded up to 4 blocks.
  void (*transpose)(const Block* in, std::size_t blocks, Block* out);
  /// One level of a correlated tree (correlated_tree.h). With h_i = H(nodes[i]) for i < width:
  ///   nodes[i] = h_i,   nodes[width + i] = h_i xor the old nodes[i];   the result is XOR_i h_i.
  /// H(x) = AES(key, sigma(x)) xor sigma(x); sigma takes each 64-bit half (a, b) to (a xor b, a), 32 bits each.
  Block (*grow)(const aes::RoundKeys& key, Block* nodes, std::size_t width);
  /// out[i] = leaves[i] without bit 0, xor XOR_j secret[column j of row first + i], for i < n; and bit 0 of out[noisy].
  void (*encode)(const LpnRows& rows, Block* out);
  /// The same, and the hashes of out.
  void (*encode_hashed)(const LpnRows& rows, Block* out, const Hashes& hashes);
  /// out[i] = the low 32 bits of in[i], those that mask has, for i < n.
  void (*low)(const Block* in, std::size_t n, std::uint32_t mask, std::uint32_t* out);
  /// a b in GF(2^128).
  Block (*multiply)(Block a, Block b);
  void (*powers)(Block chi, Powers* out);
  /// XOR_i in[i] chi^(n - i) for i < n.
  Block (*evaluate)(const Powers& powers, const Block* in, std::size_t n);
};

/// Throws std::invalid_argument if `isa` is not supported.
[[nodiscard]] const Kernels& extension_kernels(aes::Isa isa);
[[nodiscard]] const Kernels& extension_kernels();

extern const Kernels portable_kernels;
extern const Kernels aesni_kernels;
extern const Kernels vaes256_kernels;
extern const Kernels vaes512_kernels;
extern const Kernels armv8_kernels;

}  // namespace veilward::ot
