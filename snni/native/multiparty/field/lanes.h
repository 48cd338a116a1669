/// The kernels over a vector of 128-bit lanes V, two words each (aes/vec_x86.h, aes/vec_arm.h). Internal linkage.
#pragma once

#include "multiparty/field/kernels.h"

namespace veilward::field {
namespace {

template <class V>
constexpr std::size_t kWords = 2 * V::lanes;

template <class V>
Word summed(typename V::T products) {
  Wide parts[V::lanes], sum;
  V::store(parts, products);
  for (const Wide& part : parts) sum = {sum.lo ^ part.lo, sum.hi ^ part.hi};
  return reduced(sum);
}

template <class V>
typename V::T products(typename V::T a, typename V::T b) {
  return V::bxor(V::template clmul<0x00>(a, b), V::template clmul<0x11>(a, b));
}

template <class V>
Word dot_lanes(const Word* a, const Word* b, std::size_t n) {
  typename V::T sum = V::broadcast64(0);
  std::size_t i = 0;
  for (; i + kWords<V> <= n; i += kWords<V>) sum = V::bxor(sum, products<V>(V::load(a + i), V::load(b + i)));
  return summed<V>(sum) ^ portable_kernels.dot(a + i, b + i, n - i);
}

template <class V>
Word dot_of_sums_lanes(const Word* a, const Word* b, std::size_t n) {
  typename V::T sum = V::broadcast64(0);
  std::size_t i = 0;
  for (; i + kWords<V> <= n; i += kWords<V>) {
    const auto x = V::bxor(V::load(a + i), V::load(a + n + i)), y = V::bxor(V::load(b + i), V::load(b + n + i));
    sum = V::bxor(sum, products<V>(x, y));
  }
  Word rest = 0;
  for (; i < n; ++i) {
    const Word x = a[i] ^ a[n + i], y = b[i] ^ b[n + i];
    rest ^= portable_kernels.dot(&x, &y, 1);
  }
  return summed<V>(sum) ^ rest;
}

/// Both words of each lane times r: what lies above bit 64 comes down twice.
template <class V>
typename V::T times(typename V::T x, typename V::T r) {
  const auto tail = V::broadcast({0x1b, 0}), low = V::broadcast({~Word{0}, 0});
  const auto down = [&](typename V::T product) {
    const auto once = V::template clmul<0x01>(product, tail);
    const auto twice = V::template clmul<0x01>(once, tail);
    return V::bxor(product, V::bxor(once, twice));
  };
  const auto first = down(V::template clmul<0x00>(x, r)), second = down(V::template clmul<0x01>(x, r));
  return V::bxor(V::band(first, low), V::template shift_bytes<8>(second));
}

template <class V>
void fold_lanes(const Word* in, Word r, Word* out, std::size_t n) {
  const auto factor = V::broadcast64(r);
  std::size_t i = 0;
  for (; i + kWords<V> <= n; i += kWords<V>) {
    const auto x = V::load(in + i);
    V::store(out + i, V::bxor(x, times<V>(V::bxor(x, V::load(in + n + i)), factor)));
  }
  for (; i < n; ++i) {
    const Word x = in[i] ^ in[n + i];
    out[i] = in[i] ^ portable_kernels.dot(&x, &r, 1);
  }
}

template <class V>
void scale_lanes(const Word* in, Word r, Word* out, std::size_t n) {
  const auto factor = V::broadcast64(r);
  std::size_t i = 0;
  for (; i + kWords<V> <= n; i += kWords<V>) V::store(out + i, times<V>(V::load(in + i), factor));
  portable_kernels.scale(in + i, r, out + i, n - i);
}

template <class V>
constexpr Kernels lane_kernels{dot_lanes<V>, dot_of_sums_lanes<V>, fold_lanes<V>, scale_lanes<V>};

}  // namespace
}  // namespace veilward::field
