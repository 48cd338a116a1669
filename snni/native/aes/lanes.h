/// The AES kernels over a vector of lanes V (vec_x86.h, vec_arm.h). Internal linkage, as the vectors have.
///
/// The key schedule uses AESENCLAST on four copies of RotWord(w3), where ShiftRows does nothing, instead of
/// AESKEYGENASSIST: it runs at full rate and works in every lane at once.
#pragma once

#include <cstring>

#include "aes/aes128.h"

namespace veilward::aes {
namespace {

inline constexpr int rounds = 10;
inline constexpr int unroll = 8;  // independent vectors in flight; hides the latency of a round

constexpr std::uint64_t round_constant(int round) {  // both words of a half lane
  constexpr std::array<std::uint8_t, 11> rcon{0, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36};
  return rcon[static_cast<std::size_t>(round)] * 0x0000000100000001ULL;
}

template <class V>
inline __attribute__((always_inline)) typename V::T next_round_key(typename V::T key, int round) {
  const auto word = V::enclast(V::rot_word(key), V::broadcast64(round_constant(round)));
  key = V::bxor(key, V::template shift_bytes<4>(key));
  return V::bxor3(key, V::template shift_bytes<8>(key), word);
}

/// Runs body(const Block* in, Block* out) on whole groups of `group` blocks; the last, partial one through a buffer.
template <std::size_t group, class Body>
void by_groups(const Block* in, Block* out, std::size_t n, Body body) {
  std::size_t done = 0;
  for (; done + group <= n; done += group) body(done, in + done, out + done);
  if (done == n) return;
  Block buffer[group] = {};
  std::memcpy(buffer, in + done, (n - done) * sizeof(Block));
  body(done, buffer, buffer);
  std::memcpy(out + done, buffer, (n - done) * sizeof(Block));
  wipe(buffer, sizeof buffer);
}

template <class V>
void expand_lanes(const Block* keys, RoundKeys* out, std::size_t n) {
  constexpr std::size_t group = V::lanes;
  constexpr std::size_t stride = sizeof(RoundKeys) / sizeof(Block);
  std::size_t done = 0;
  for (; done + group <= n; done += group) {
    auto key = V::load(keys + done);
    V::store_lanes(out[done].round.data(), stride, key);
    for (int r = 1; r <= rounds; ++r) {
      key = next_round_key<V>(key, r);
      V::store_lanes(out[done].round.data() + r, stride, key);
    }
  }
  if (done == n) return;
  Block tail[group] = {};
  RoundKeys expanded[group];
  std::memcpy(tail, keys + done, (n - done) * sizeof(Block));
  expand_lanes<V>(tail, expanded, group);
  std::memcpy(out + done, expanded, (n - done) * sizeof(RoundKeys));
  wipe(tail, sizeof tail);
  wipe(expanded, sizeof expanded);
}

/// The rounds after the first key is added, on m vectors under one key.
template <class V, int m>
inline __attribute__((always_inline)) void encrypt_rounds(const RoundKeys& key, typename V::T (&x)[m]) {
  const auto whiten = V::broadcast(key.round[0]);
  for (int i = 0; i < m; ++i) x[i] = V::bxor(x[i], whiten);
  for (int r = 1; r < rounds; ++r) {
    const auto k = V::broadcast(key.round[static_cast<std::size_t>(r)]);
    for (int i = 0; i < m; ++i) x[i] = V::enc(x[i], k);
  }
  const auto last = V::broadcast(key.round[rounds]);
  for (int i = 0; i < m; ++i) x[i] = V::enclast(x[i], last);
}

template <class V>
void encrypt_lanes(const RoundKeys& key, const Block* in, Block* out, std::size_t n) {
  by_groups<V::lanes * unroll>(in, out, n, [&](std::size_t, const Block* from, Block* to) {
    typename V::T x[unroll];
    for (int i = 0; i < unroll; ++i) x[i] = V::load(from + i * V::lanes);
    encrypt_rounds<V>(key, x);
    for (int i = 0; i < unroll; ++i) V::store(to + i * V::lanes, x[i]);
  });
}

template <class V>
void counter_group(const RoundKeys& key, std::uint64_t stream, std::uint64_t first, Block* out) {
  typename V::T x[unroll];
  for (int i = 0; i < unroll; ++i) x[i] = V::count(first + static_cast<std::uint64_t>(i * V::lanes), stream);
  encrypt_rounds<V>(key, x);
  for (int i = 0; i < unroll; ++i) V::store(out + i * V::lanes, x[i]);
}

template <class V>
void counter_lanes(const RoundKeys& key, std::uint64_t stream, std::uint64_t first, Block* out, std::size_t n) {
  constexpr std::size_t group = V::lanes * unroll;
  std::size_t done = 0;
  for (; done + group <= n; done += group) counter_group<V>(key, stream, first + done, out + done);
  if (done == n) return;
  Block buffer[group];
  counter_group<V>(key, stream, first + done, buffer);
  std::memcpy(out + done, buffer, (n - done) * sizeof(Block));
  wipe(buffer, sizeof buffer);
}

/// AES of x[i] under key[i], both m vectors, keys expanded on the way; `per_key` vectors of x share a key.
template <class V, int m, int per_key>
inline __attribute__((always_inline)) void encrypt_rekeyed(typename V::T (&key)[m], typename V::T (&x)[m * per_key]) {
  for (int i = 0; i < m * per_key; ++i) x[i] = V::bxor(x[i], key[i / per_key]);
#pragma GCC unroll 9
  for (int r = 1; r < rounds; ++r) {
    for (int i = 0; i < m; ++i) key[i] = next_round_key<V>(key[i], r);
    for (int i = 0; i < m * per_key; ++i) x[i] = V::enc(x[i], key[i / per_key]);
  }
  for (int i = 0; i < m; ++i) key[i] = next_round_key<V>(key[i], rounds);
  for (int i = 0; i < m * per_key; ++i) x[i] = V::enclast(x[i], key[i / per_key]);
}

/// Independent keys in flight: as many as the registers hold with what each is used on.
template <class V>
inline constexpr int rekeyed_unroll = V::lanes == 4 ? 6 : 4;

template <class V>
void hash_lanes(Block start, std::uint64_t first, const Block* in, Block* out, std::size_t n) {
  const auto base = V::broadcast(start);
  by_groups<V::lanes * rekeyed_unroll<V>>(in, out, n, [&](std::size_t done, const Block* from, Block* to) {
    typename V::T key[rekeyed_unroll<V>], x[rekeyed_unroll<V>], plain[rekeyed_unroll<V>];
    for (int i = 0; i < rekeyed_unroll<V>; ++i) {
      key[i] = V::bxor(base, V::count(first + done + static_cast<std::uint64_t>(i * V::lanes), 0));
      plain[i] = x[i] = V::load(from + i * V::lanes);
    }
    encrypt_rekeyed<V, rekeyed_unroll<V>, 1>(key, x);
    for (int i = 0; i < rekeyed_unroll<V>; ++i) V::store(to + i * V::lanes, V::bxor(x[i], plain[i]));
  });
}

template <class V>
void hash_pair_group(typename V::T base, std::uint64_t first, const Block* in, typename V::T offset, Block* out0,
                     Block* out1) {
  typename V::T key[rekeyed_unroll<V>], x[2 * rekeyed_unroll<V>];
  for (int i = 0; i < rekeyed_unroll<V>; ++i) {
    key[i] = V::bxor(base, V::count(first + static_cast<std::uint64_t>(i * V::lanes), 0));
    x[2 * i] = V::load(in + i * V::lanes);
    x[2 * i + 1] = V::bxor(x[2 * i], offset);
  }
  encrypt_rekeyed<V, rekeyed_unroll<V>, 2>(key, x);
  for (int i = 0; i < rekeyed_unroll<V>; ++i) {
    const auto plain = V::load(in + i * V::lanes);
    V::store(out0 + i * V::lanes, V::bxor(x[2 * i], plain));
    V::store(out1 + i * V::lanes, V::bxor(x[2 * i + 1], V::bxor(plain, offset)));
  }
}

template <class V>
void hash_pair_lanes(Block start, std::uint64_t first, const Block* in, Block delta, Block* out0, Block* out1,
                     std::size_t n) {
  constexpr std::size_t group = V::lanes * rekeyed_unroll<V>;
  const auto base = V::broadcast(start), offset = V::broadcast(delta);
  std::size_t done = 0;
  for (; done + group <= n; done += group) {
    hash_pair_group<V>(base, first + done, in + done, offset, out0 + done, out1 + done);
  }
  if (done == n) return;
  Block from[group] = {}, to0[group], to1[group];
  std::memcpy(from, in + done, (n - done) * sizeof(Block));
  hash_pair_group<V>(base, first + done, from, offset, to0, to1);
  std::memcpy(out0 + done, to0, (n - done) * sizeof(Block));
  std::memcpy(out1 + done, to1, (n - done) * sizeof(Block));
  for (void* used : {from, to0, to1}) wipe(used, sizeof from);
}

template <class V>
constexpr Kernels lane_kernels{expand_lanes<V>, encrypt_lanes<V>, counter_lanes<V>, hash_lanes<V>, hash_pair_lanes<V>};

}  // namespace
}  // namespace veilward::aes
