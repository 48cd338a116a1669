/// LPN encoding over a vector of lanes V (aes/vec_x86.h, aes/vec_arm.h). Internal linkage.
/// The columns of a group of rows come from one batch of AES; their look-ups depend on nothing but them, so that as
/// many are in flight as the processor has room for, across groups too.
#pragma once

#include <array>

#include "aes/lanes.h"
#include "twoparty/ot/kernels.h"

namespace veilward::ot {
namespace {

/// 128 bits as the compiler knows them on every architecture.
using Wide = std::uint64_t __attribute__((vector_size(16), may_alias));

/// The column that `word` names after `shift`, as an offset in bytes.
template <int shift>
const Wide& column(const char* secret, std::uint64_t word, std::uint64_t mask) {
  return *reinterpret_cast<const Wide*>(secret + ((word >> shift) & mask));
}

inline Wide combine(const char* secret, const std::uint64_t* word, std::uint64_t mask) {
  Wide sum = column<0>(secret, word[3], mask);
  for (int w = 0; w < 3; ++w) {
    sum ^= column<lpn_shifts[0]>(secret, word[w], mask) ^ column<lpn_shifts[1]>(secret, word[w], mask) ^
           column<lpn_shifts[2]>(secret, word[w], mask);
  }
  return sum;
}

template <class V>
void draw_columns(const aes::RoundKeys& key, std::uint64_t first, std::uint64_t* words) {
  typename V::T x[aes::unroll];
  for (int i = 0; i < aes::unroll; ++i) x[i] = V::count(2 * first + static_cast<std::uint64_t>(i * V::lanes), 0);
  aes::encrypt_rounds<V>(key, x);
  for (int i = 0; i < aes::unroll; ++i) V::store(words + 2 * i * V::lanes, x[i]);
}

template <class V>
void encode_lanes(const LpnMatrix& matrix, std::uint64_t first, const Block* secret, const Block* leaves, std::size_t n,
                  Block* out) {
  constexpr std::size_t group = static_cast<std::size_t>(V::lanes) * aes::unroll / 2;
  const std::uint64_t mask = ((std::uint64_t{1} << matrix.log_columns) - 1) * sizeof(Block);
  const auto* base = reinterpret_cast<const char*>(secret);
  const auto* in = reinterpret_cast<const Wide*>(leaves);
  auto* to = reinterpret_cast<Wide*>(out);
  constexpr Wide but_bit_0{~1ULL, ~0ULL};
  std::uint64_t words[2][4 * group];  // of this group and of the next, drawn while look-ups are on their way
  draw_columns<V>(matrix.key, first, words[0]);
  for (std::size_t done = 0, now = 0; done < n; done += group, now ^= 1) {
    draw_columns<V>(matrix.key, first + done + group, words[now ^ 1]);
    const std::size_t rows_left = n - done < group ? n - done : group;
    for (std::size_t i = 0; i < rows_left; ++i) {
      to[done + i] = (in[done + i] & but_bit_0) ^ combine(base, words[now] + 4 * i, mask);
    }
  }
}

}  // namespace
}  // namespace veilward::ot
