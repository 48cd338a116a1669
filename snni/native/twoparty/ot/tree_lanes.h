/// A level of a correlated tree over a vector of lanes V (aes/vec_x86.h, aes/vec_arm.h). Internal linkage.
#pragma once

#include <cstring>

#include "aes/lanes.h"
#include "twoparty/ot/kernels.h"

namespace veilward::ot {
namespace {

template <class V>
typename V::T sigma(typename V::T x) {
  const auto high = V::band(x, V::broadcast64(0xffffffff00000000ULL));
  return V::bxor(V::bxor(V::template shl64<32>(x), V::template shr64<32>(x)), high);
}

/// `m` vectors of nodes; left children go to `left`, right ones to `right`, and left ones are added to sum.
template <class V, int m>
void grow_group(const aes::RoundKeys& key, const Block* nodes, Block* left, Block* right, typename V::T& sum) {
  typename V::T in[m], x[m];
  for (int i = 0; i < m; ++i) x[i] = in[i] = sigma<V>(V::load(nodes + i * V::lanes));
  aes::encrypt_rounds<V>(key, x);
  for (int i = 0; i < m; ++i) {
    const auto hash = V::bxor(x[i], in[i]);
    V::store(right + i * V::lanes, V::bxor(hash, V::load(nodes + i * V::lanes)));
    V::store(left + i * V::lanes, hash);
    sum = V::bxor(sum, hash);
  }
}

/// A level narrower than a vector. Lanes beyond it are computed and dropped.
template <class V>
Block grow_narrow(const aes::RoundKeys& key, Block* nodes, std::size_t width) {
  Block from[V::lanes] = {}, left[V::lanes], right[V::lanes], sum;
  std::memcpy(from, nodes, width * sizeof(Block));
  typename V::T unused{};
  grow_group<V, 1>(key, from, left, right, unused);
  std::memcpy(nodes, left, width * sizeof(Block));
  std::memcpy(nodes + width, right, width * sizeof(Block));
  for (std::size_t i = 0; i < width; ++i) sum ^= left[i];
  for (void* used : {from, left, right}) aes::wipe(used, sizeof from);
  return sum;
}

/// width: a power of two.
template <class V>
Block grow_lanes(const aes::RoundKeys& key, Block* nodes, std::size_t width) {
  constexpr std::size_t group = static_cast<std::size_t>(V::lanes) * aes::unroll;
  if (width < V::lanes) return grow_narrow<V>(key, nodes, width);
  typename V::T sum{};
  std::size_t done = 0;
  for (; done + group <= width; done += group) {
    grow_group<V, aes::unroll>(key, nodes + done, nodes + done, nodes + width + done, sum);
  }
  for (; done < width; done += V::lanes) {
    grow_group<V, 1>(key, nodes + done, nodes + done, nodes + width + done, sum);
  }
  Block parts[V::lanes], out;
  V::store(parts, sum);
  for (const Block& part : parts) out ^= part;
  return out;
}

}  // namespace
}  // namespace veilward::ot
