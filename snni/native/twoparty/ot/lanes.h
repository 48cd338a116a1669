/// The extension's kernels over a vector of lanes V (aes/vec_x86.h, aes/vec_arm.h). Internal linkage.
#pragma once

#include "aes/lanes.h"
#include "twoparty/ot/field_lanes.h"
#include "twoparty/ot/kernels.h"
#include "twoparty/ot/lpn_hash_lanes.h"
#include "twoparty/ot/lpn_lanes.h"
#include "twoparty/ot/tree_lanes.h"

namespace veilward::ot {
namespace {

inline constexpr int max_group_bits = 8;
inline constexpr int unroll = aes::unroll;

template <class V>
inline constexpr std::size_t strip_blocks = static_cast<std::size_t>(V::lanes) * unroll;

template <class V>
struct Strip {
  typename V::T part[unroll];

  void operator^=(const Strip& other) {
    for (int i = 0; i < unroll; ++i) part[i] = V::bxor(part[i], other.part[i]);
  }
  void store(Block* out) const {
    for (int i = 0; i < unroll; ++i) V::store(out + i * V::lanes, part[i]);
  }
};

/// Leaves are summed as a binary counter adds: `left[l]` is a finished left subtree of 2^l leaves. A finished right
/// subtree of that size is added to row l (its leaves are those with bit l set) and joined with the left one, which
/// makes two additions a leaf whatever the number of bits.
template <class V>
void fold_strip(const aes::RoundKeys* keys, int bits, bool punctured, std::uint64_t first, Block* sum, Block* row) {
  Strip<V> left[max_group_bits + 1], right[max_group_bits];
  for (int b = 0; b < bits; ++b) right[b] = Strip<V>{};
  for (std::size_t x = 0; x < std::size_t{1} << bits; ++x) {
    Strip<V> node{};
    if (x != 0 || !punctured) {
      for (int i = 0; i < unroll; ++i) node.part[i] = V::count(first + static_cast<std::uint64_t>(i * V::lanes), 0);
      aes::encrypt_rounds<V>(keys[x], node.part);
    }
    int level = 0;
    for (; (x >> level) & 1; ++level) {
      right[level] ^= node;
      node ^= left[level];
    }
    left[level] = node;
  }
  left[bits].store(sum);
  for (int b = 0; b < bits; ++b) right[b].store(row + static_cast<std::size_t>(b) * stripe_blocks);
}

template <class V>
void fold_lanes(const aes::RoundKeys* keys, int bits, bool punctured, std::uint64_t first, std::size_t blocks,
                Block* sum, Block* row) {
  for (std::size_t done = 0; done < blocks; done += strip_blocks<V>) {
    fold_strip<V>(keys, bits, punctured, first + done, sum + done, row + done);
  }
}

/// Exchanges the high `shift`-bit halves of a's fields with the low halves of b's.
template <class V, int shift>
void swap_fields(typename V::T& a, typename V::T& b, std::uint64_t low_halves) {
  const auto t = V::band(V::bxor(V::template shr64<shift>(a), b), V::broadcast64(low_halves));
  b = V::bxor(b, t);
  a = V::bxor(a, V::template shl64<shift>(t));
}

/// Transposes the 8 x 8 bit matrices that byte c of the eight rows makes, for every byte.
template <class V>
void transpose_bits(typename V::T (&row)[8]) {
  for (int i = 0; i < 4; ++i) swap_fields<V, 4>(row[i], row[i + 4], 0x0f0f0f0f0f0f0f0fULL);
  for (int i : {0, 1, 4, 5}) swap_fields<V, 2>(row[i], row[i + 2], 0x3333333333333333ULL);
  for (int i : {0, 2, 4, 6}) swap_fields<V, 1>(row[i], row[i + 1], 0x5555555555555555ULL);
}

/// Transposes 16 x 16 bytes in every lane: interleaving row i with row i + 8 rotates the eight address bits
/// (four of the row, four of the byte) by one, so four times exchanges row and byte.
template <class V>
void transpose_bytes(typename V::T (&row)[16]) {
  for (int turn = 0; turn < 4; ++turn) {
    typename V::T next[16];
    for (int i = 0; i < 8; ++i) {
      next[2 * i] = V::lo8(row[i], row[i + 8]);
      next[2 * i + 1] = V::hi8(row[i], row[i + 8]);
    }
    for (int i = 0; i < 16; ++i) row[i] = next[i];
  }
}

/// One 128 x 128 matrix a lane: bits within groups of eight rows first, then bytes across the sixteen groups.
template <class V>
void transpose_squares(const Block* in, Block* out) {
  typename V::T bits[8][16];
  for (int group = 0; group < 16; ++group) {
    typename V::T row[8];
    for (int i = 0; i < 8; ++i) row[i] = V::load(in + static_cast<std::size_t>(8 * group + i) * stripe_blocks);
    transpose_bits<V>(row);
    for (int i = 0; i < 8; ++i) bits[i][group] = row[i];
  }
  for (int i = 0; i < 8; ++i) {
    transpose_bytes<V>(bits[i]);
    for (int c = 0; c < 16; ++c) V::store_lanes(out + 8 * c + i, transfers_per_block, bits[i][c]);
  }
}

template <class V>
void transpose_lanes(const Block* in, std::size_t blocks, Block* out) {
  for (std::size_t done = 0; done < blocks; done += V::lanes) {
    transpose_squares<V>(in + done, out + done * transfers_per_block);
  }
}

template <class V>
void low_lanes(const Block* in, std::size_t n, std::uint32_t mask, std::uint32_t* out) {
  std::size_t done = 0;
  if constexpr (V::lanes == 4)
    for (; done + 16 <= n; done += 16) V::store_low(out + done, in + done, mask);
  for (; done < n; ++done) out[done] = static_cast<std::uint32_t>(in[done].lo) & mask;
}

template <class V>
constexpr Kernels lane_kernels{fold_lanes<V>,    transpose_lanes<V>,     grow_lanes<V>,
                               encode_lanes<V>,  encode_hashed_lanes<V>, low_lanes<V>,
                               multiply_lane<V>, powers_lanes<V>,        evaluate_lanes<V>};

}  // namespace
}  // namespace veilward::ot
