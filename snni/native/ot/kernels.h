/// The two inner loops of the extension, by instruction set (aes/aes128.h). Pure functions.
#pragma once

#include "aes/aes128.h"

namespace veilward::ot {

using aes::Block;

inline constexpr std::size_t transfers_per_block = 128;
/// A stripe is the width that both kernels work on: 32 blocks of every row, 4096 transfers.
inline constexpr std::size_t stripe_blocks = 32;
inline constexpr std::size_t rows = 128;

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
