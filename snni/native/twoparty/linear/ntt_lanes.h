#pragma once
// What ntt_words52.cpp and ntt_words64.cpp share. Arithmetic::mul_lazy(x, w, q): x w mod q in [0, 2q) in each lane.
// Everything here has internal linkage, so neither file's instructions leak into the other.

#include <immintrin.h>

#include "twoparty/linear/ntt_vector.h"

namespace veilward::linear {
namespace {

using V = __m512i;

struct Root {
  V value, quotient;
};

inline V broadcast(u64 x) { return _mm512_set1_epi64(static_cast<i64>(x)); }

/// x - m if x >= m: the wrapped difference is larger than x otherwise.
inline V reduce(V x, V m) { return _mm512_min_epu64(x, _mm512_sub_epi64(x, m)); }

/// For sixteen consecutive words a, b and half-distance t (4, 2 or 1): where x and y of each butterfly lie, and back;
/// which of the loaded roots each lane takes.
struct Lanes {
  V x, y, back_a, back_b, root;
};

inline Lanes lanes(int t) {
  switch (t) {
    case 4:
      return {_mm512_setr_epi64(0, 1, 2, 3, 8, 9, 10, 11), _mm512_setr_epi64(4, 5, 6, 7, 12, 13, 14, 15),
              _mm512_setr_epi64(0, 1, 2, 3, 8, 9, 10, 11), _mm512_setr_epi64(4, 5, 6, 7, 12, 13, 14, 15),
              _mm512_setr_epi64(0, 0, 0, 0, 1, 1, 1, 1)};
    case 2:
      return {_mm512_setr_epi64(0, 1, 4, 5, 8, 9, 12, 13), _mm512_setr_epi64(2, 3, 6, 7, 10, 11, 14, 15),
              _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15),
              _mm512_setr_epi64(0, 0, 1, 1, 2, 2, 3, 3)};
    default:
      return {_mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15),
              _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15),
              _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7)};
  }
}

/// The 8 / t roots of sixteen words from the j-th on, each repeated over its t lanes. Only those roots are read.
inline Root spread_roots(const VectorRing& ring, std::size_t j, int t, V spread) {
  const std::size_t first = (ring.n + j) / (2 * static_cast<std::size_t>(t));
  const __mmask8 some = static_cast<__mmask8>((1u << (8 / t)) - 1);
  return {_mm512_permutexvar_epi64(spread, _mm512_maskz_loadu_epi64(some, ring.roots + first)),
          _mm512_permutexvar_epi64(spread, _mm512_maskz_loadu_epi64(some, ring.quotients + first))};
}

template <class Arithmetic>
struct Forward {
  static void butterfly(V& x, V& y, Root w, V q, V two_q) {
    const V u = reduce(x, two_q), v = Arithmetic::mul_lazy(y, w, q);
    x = _mm512_add_epi64(u, v);
    y = _mm512_sub_epi64(_mm512_add_epi64(u, two_q), v);
  }
};

template <class Arithmetic>
struct Inverse {
  static void butterfly(V& x, V& y, Root w, V q, V two_q) {
    const V u = x, v = y;
    x = reduce(_mm512_add_epi64(u, v), two_q);
    y = Arithmetic::mul_lazy(_mm512_sub_epi64(_mm512_add_epi64(u, two_q), v), w, q);
  }
};

/// One stage of half-distance t >= 8.
template <class Direction>
void wide_stage(const VectorRing& ring, std::size_t t, u64* values, V q, V two_q) {
  const std::size_t m = ring.n / (2 * t);
  for (std::size_t i = 0; i < m; ++i) {
    const Root w{broadcast(ring.roots[m + i]), broadcast(ring.quotients[m + i])};
    u64* const px = values + 2 * i * t;
    for (std::size_t j = 0; j < t; j += 8) {
      V x = _mm512_loadu_si512(px + j), y = _mm512_loadu_si512(px + t + j);
      Direction::butterfly(x, y, w, q, two_q);
      _mm512_storeu_si512(px + j, x);
      _mm512_storeu_si512(px + t + j, y);
    }
  }
}

/// The three stages inside sixteen words, of half-distances first, ..., last in the order given.
template <class Direction>
void narrow_stages(const VectorRing& ring, const int (&distances)[3], u64* values, V q, V two_q) {
  const Lanes lane[3] = {lanes(distances[0]), lanes(distances[1]), lanes(distances[2])};
  for (std::size_t j = 0; j < ring.n; j += 16) {
    V a = _mm512_loadu_si512(values + j), b = _mm512_loadu_si512(values + j + 8);
    for (int s = 0; s < 3; ++s) {
      V x = _mm512_permutex2var_epi64(a, lane[s].x, b), y = _mm512_permutex2var_epi64(a, lane[s].y, b);
      Direction::butterfly(x, y, spread_roots(ring, j, distances[s], lane[s].root), q, two_q);
      a = _mm512_permutex2var_epi64(x, lane[s].back_a, y);
      b = _mm512_permutex2var_epi64(x, lane[s].back_b, y);
    }
    _mm512_storeu_si512(values + j, a);
    _mm512_storeu_si512(values + j + 8, b);
  }
}

template <class Arithmetic>
void forward(const VectorRing& ring, u64* values) {
  const V q = broadcast(ring.q), two_q = broadcast(2 * ring.q);
  for (std::size_t t = ring.n / 2; t >= 8; t /= 2) wide_stage<Forward<Arithmetic>>(ring, t, values, q, two_q);
  narrow_stages<Forward<Arithmetic>>(ring, {4, 2, 1}, values, q, two_q);
  for (std::size_t j = 0; j < ring.n; j += 8)
    _mm512_storeu_si512(values + j, reduce(reduce(_mm512_loadu_si512(values + j), two_q), q));
}

template <class Arithmetic>
void inverse(const VectorRing& ring, Constant scale, u64* values) {
  const V q = broadcast(ring.q), two_q = broadcast(2 * ring.q);
  narrow_stages<Inverse<Arithmetic>>(ring, {1, 2, 4}, values, q, two_q);
  for (std::size_t t = 8; t < ring.n; t *= 2) wide_stage<Inverse<Arithmetic>>(ring, t, values, q, two_q);
  const Root w{broadcast(scale.value), broadcast(scale.quotient)};
  for (std::size_t j = 0; j < ring.n; j += 8)
    _mm512_storeu_si512(values + j, reduce(Arithmetic::mul_lazy(_mm512_loadu_si512(values + j), w, q), q));
}

template <class Arithmetic>
void multiply(u64* x, const u64* constants, const u64* quotients, std::size_t n, u64 modulus) {
  const V q = broadcast(modulus);
  for (std::size_t j = 0; j < n; j += 8) {
    const Root w{_mm512_loadu_si512(constants + j),
                 _mm512_srli_epi64(_mm512_loadu_si512(quotients + j), Arithmetic::quotient_shift)};
    _mm512_storeu_si512(x + j, reduce(Arithmetic::mul_lazy(_mm512_loadu_si512(x + j), w, q), q));
  }
}

template <class Arithmetic>
constexpr VectorNtt vector_table{Arithmetic::quotient_shift, forward<Arithmetic>, inverse<Arithmetic>,
                                 multiply<Arithmetic>};

}  // namespace
}  // namespace veilward::linear
