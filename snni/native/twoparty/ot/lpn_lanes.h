/// LPN encoding over a vector of lanes V (aes/vec_x86.h, aes/vec_arm.h). Internal linkage.
/// The columns of a group of rows come from one batch of AES; their look-ups depend on nothing but them, so that as
/// many are in flight as the processor has room for, across groups too.
#pragma once

#include <array>
#include <utility>

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

/// body of every round of AES, 1 .. aes::rounds: its number is a constant.
template <class Body>
inline __attribute__((always_inline)) void every_round(const Body& body) {
  const auto all = [&]<int... r>(std::integer_sequence<int, r...>)
                       __attribute__((always_inline)) { (body.template operator()<r + 1>(), ...); };
  all(std::make_integer_sequence<int, aes::rounds>{});
}

template <class V, int round>
inline __attribute__((always_inline)) typename V::T encrypt_round(typename V::T x, typename V::T key) {
  return round < aes::rounds ? V::enc(x, key) : V::enclast(x, key);
}

/// Vectors of columns that are drawn at once, two blocks a row: few, so that a group's code is short.
inline constexpr int drawn = 4;
template <class V>
inline constexpr std::size_t row_group = static_cast<std::size_t>(V::lanes) * drawn / 2;

/// The columns of one group on their way; round<1> .. round<aes::rounds> draw them.
template <class V>
struct Drawing {
  const aes::RoundKeys& key;
  typename V::T x[drawn];

  Drawing(const aes::RoundKeys& matrix_key, std::uint64_t first) : key(matrix_key) {
    const auto whiten = V::broadcast(key.round[0]);
    for (int i = 0; i < drawn; ++i)
      x[i] = V::bxor(V::count(2 * first + static_cast<std::uint64_t>(i * V::lanes), 0), whiten);
  }
  template <int number>
  inline __attribute__((always_inline)) void round() {
    const auto k = V::broadcast(key.round[number]);
    for (int i = 0; i < drawn; ++i) x[i] = encrypt_round<V, number>(x[i], k);
  }
  void store(std::uint64_t* words) const {
    for (int i = 0; i < drawn; ++i) V::store(words + 2 * i * V::lanes, x[i]);
  }
};

/// The rows of one call.
template <class V>
struct Rows {
  LpnMatrix matrix;  // a copy: the compiler knows that nothing written changes it
  std::uint64_t first, mask;
  const char* secret;
  const Wide* leaves;
  Wide* out;

  Rows(const LpnRows& rows, Block* to)
      : matrix(rows.matrix),
        first(rows.first),
        mask(((std::uint64_t{1} << rows.matrix.log_columns) - 1) * sizeof(Block)),
        secret(reinterpret_cast<const char*>(rows.secret)),
        leaves(reinterpret_cast<const Wide*>(rows.leaves)),
        out(reinterpret_cast<Wide*>(to)) {}

  [[nodiscard]] Drawing<V> drawing(std::size_t at) const { return {matrix.key, first + at}; }
  /// The columns of rows at.. into words, four a row.
  void draw(std::size_t at, std::uint64_t* words) const {
    auto columns = drawing(at);
    every_round([&]<int number>() __attribute__((always_inline)) { columns.template round<number>(); });
    columns.store(words);
  }
  void encode(std::size_t at, std::size_t n, const std::uint64_t* words) const {
    constexpr Wide but_bit_0{~1ULL, ~0ULL};
    for (std::size_t i = 0; i < n; ++i)
      out[at + i] = (leaves[at + i] & but_bit_0) ^ combine(secret, words + 4 * i, mask);
  }
};

/// Turns bit 0 of out[noisy] over, if that is one of the n from `at` on.
inline void add_noise(std::size_t noisy, std::size_t at, std::size_t n, Block* out) {
  if (noisy - at < n) out[noisy].lo ^= 1;
}

template <class V>
void encode_lanes(const LpnRows& wanted, Block* out) {
  constexpr std::size_t group = row_group<V>;
  const Rows<V> rows(wanted, out);
  alignas(64)
      std::uint64_t words[2][4 * group];  // of this group and of the next, drawn while look-ups are on their way
  rows.draw(0, words[0]);
  for (std::size_t done = 0, now = 0; done < wanted.n; done += group, now ^= 1) {
    rows.draw(done + group, words[now ^ 1]);
    rows.encode(done, wanted.n - done < group ? wanted.n - done : group, words[now]);
  }
  add_noise(wanted.noisy, 0, wanted.n, out);
}

}  // namespace
}  // namespace veilward::ot
