/// LPN encoding, and the hashes of what it gives, over a vector of lanes V. Internal linkage.
/// Look-ups wait for the second-level cache and leave the processor's arithmetic idle, hashes are arithmetic alone: the
/// group before is hashed, and the next one's columns are drawn, a round of AES between rows.
#pragma once

#include "twoparty/ot/lpn_lanes.h"

namespace veilward::ot {
namespace {

/// Hashes of one group on their way, `each` of a block: that of the block, and that of it and offset.
template <class V, int each>
struct Hashing {
  static constexpr int vectors = drawn / 2;
  typename V::T key[vectors], x[each * vectors];

  Hashing(typename V::T start, std::uint64_t first, const Block* in, typename V::T offset) {
    for (int i = 0; i < vectors; ++i) {
      key[i] = V::bxor(start, V::count(first + static_cast<std::uint64_t>(i * V::lanes), 0));
      const auto whitened = V::bxor(V::load(in + i * V::lanes), key[i]);
      x[each * i] = whitened;
      if constexpr (each == 2) x[2 * i + 1] = V::bxor(whitened, offset);
    }
  }
  template <int number>
  inline __attribute__((always_inline)) void round() {
    for (int i = 0; i < vectors; ++i) {
      key[i] = aes::next_round_key<V>(key[i], number);
      for (int j = each * i; j < each * (i + 1); ++j) x[j] = encrypt_round<V, number>(x[j], key[i]);
    }
  }
  void store(const Block* in, typename V::T offset, Block* hash0, Block* hash1) const {
    for (int i = 0; i < vectors; ++i) {
      const auto plain = V::load(in + i * V::lanes);
      V::store(hash0 + i * V::lanes, V::bxor(x[each * i], plain));
      if constexpr (each == 2) V::store(hash1 + i * V::lanes, V::bxor(x[2 * i + 1], V::bxor(plain, offset)));
    }
  }
};

/// Blocks from..n - 1 of out, which have been encoded.
template <class V>
void hash_rest(const Hashes& hashes, std::size_t from, std::size_t n, const Block* out) {
  const auto& [start, first, delta, hash0, hash1] = hashes;
  if (hash1 == nullptr)
    aes::hash_lanes<V>(start, first + from, out + from, hash0 + from, n - from);
  else
    aes::hash_pair_lanes<V>(start, first + from, out + from, delta, hash0 + from, hash1 + from, n - from);
}

/// At least one group. The last one is hashed by itself.
template <class V, int each>
void encode_hashed_groups(const LpnRows& wanted, Block* out, const Hashes& hashes) {
  constexpr std::size_t group = row_group<V>;
  const auto start = V::broadcast(hashes.start), delta = V::broadcast(hashes.delta);
  const Rows<V> rows(wanted, out);
  alignas(64) std::uint64_t words[2][4 * group];  // of this group and of the next
  rows.draw(0, words[0]);
  rows.draw(group, words[1]);
  rows.encode(0, group, words[0]);
  add_noise(wanted.noisy, 0, group, out);
  std::size_t done = group, now = 1;
  for (; done + group <= wanted.n; done += group, now ^= 1) {
    const std::size_t last = done - group;
    auto columns = rows.drawing(done + group);
    Hashing<V, each> hashing(start, hashes.first + last, out + last, delta);
    every_round([&]<int number>() __attribute__((always_inline)) {
      columns.template round<number>();
      hashing.template round<number>();
      constexpr std::size_t row = group * (number - 1) / aes::rounds, end = group * number / aes::rounds;
      rows.encode(done + row, end - row, words[now] + 4 * row);
    });
    columns.store(words[now ^ 1]);
    hashing.store(out + last, delta, hashes.hash0 + last, each == 2 ? hashes.hash1 + last : nullptr);
    add_noise(wanted.noisy, done, group, out);
  }
  rows.encode(done, wanted.n - done, words[now]);
  add_noise(wanted.noisy, done, wanted.n - done, out);
  hash_rest<V>(hashes, done - group, wanted.n, out);
}

template <class V>
void encode_hashed_lanes(const LpnRows& wanted, Block* out, const Hashes& hashes) {
  if (wanted.n < row_group<V>) {
    encode_lanes<V>(wanted, out);
    hash_rest<V>(hashes, 0, wanted.n, out);
  } else if (hashes.hash1 == nullptr) {
    encode_hashed_groups<V, 1>(wanted, out, hashes);
  } else {
    encode_hashed_groups<V, 2>(wanted, out, hashes);
  }
}

}  // namespace
}  // namespace veilward::ot
