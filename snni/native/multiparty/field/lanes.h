/// The kernels over a vector of 128-bit lanes V, two words each (aes/vec_x86.h, aes/vec_arm.h). Internal linkage.
#pragma once

#include "multiparty/field/packed.h"

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

/// Both words of each lane times those of r: what lies above bit 64 comes down twice.
template <class V>
typename V::T times(typename V::T x, typename V::T r) {
  const auto tail = V::broadcast({0x1b, 0}), low = V::broadcast({~Word{0}, 0});
  const auto down = [&](typename V::T product) {
    const auto once = V::template clmul<0x01>(product, tail);
    const auto twice = V::template clmul<0x01>(once, tail);
    return V::bxor(product, V::bxor(once, twice));
  };
  const auto first = down(V::template clmul<0x00>(x, r)), second = down(V::template clmul<0x11>(x, r));
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
Word and_dot_lanes(const Word* a, const Word* b, const Word* weights) {
  typename V::T sum = V::broadcast64(0);
  for (std::size_t i = 0; i < tile; i += kWords<V>)
    sum = V::bxor(sum, products<V>(V::band(V::load(a + i), V::load(b + i)), V::load(weights + i)));
  return summed<V>(sum);
}

/// Of so many words at a time that their sums stay in registers.
template <class V>
void unpack_lanes(const Word* in, const Word* factors, const Word* weights, std::size_t rows, std::size_t n,
                  Word* out) {
  constexpr std::size_t at_once = 8, step = at_once * kWords<V>;
  constexpr auto x = powers();
  for (std::size_t s = 0; s < n; ++s, out += word_bits) {
    const auto weight = V::broadcast64(weights == nullptr ? 1 : weights[s]);
    for (std::size_t from = 0; from < word_bits; from += step) {
      typename V::T sums[at_once];
      for (auto& sum : sums) sum = V::broadcast64(0);
      for (std::size_t row = 0; row < rows; ++row) {
        const Word bits = in[row * n + s] >> from;
        const auto factor = V::broadcast64(factors[row]);
        for (std::size_t at = 0; at < at_once; ++at)
          sums[at] = V::bxor_where(sums[at], static_cast<unsigned>(bits >> (at * kWords<V>)), factor);
      }
      for (std::size_t at = 0; at < at_once; ++at) {
        const std::size_t first = from + at * kWords<V>;
        if (weights != nullptr) sums[at] = times<V>(sums[at], times<V>(V::load(x.data() + first), weight));
        V::store(out + first, sums[at]);
      }
    }
  }
}

template <class V>
constexpr Kernels lane_kernels{dot_lanes<V>,   dot_of_sums_lanes<V>,      fold_lanes<V>,
                               scale_lanes<V>, ends_by<and_dot_lanes<V>>, unpack_lanes<V>};

}  // namespace
}  // namespace veilward::field
