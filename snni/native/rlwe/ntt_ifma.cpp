#include "ntt_ifma.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace veilward::rlwe {

#if defined(__x86_64__)

#define VEILWARD_IFMA __attribute__((target("avx512f,avx512dq,avx512ifma"), always_inline)) inline
#define VEILWARD_IFMA_ENTRY __attribute__((target("avx512f,avx512dq,avx512ifma")))

namespace {

using V = __m512i;

struct Root {
  V value, quotient;
};

/// x * w mod q in [0, 2q), x < 2^52.
VEILWARD_IFMA V mul_lazy52(V x, Root w, V q, V mask) {
  const V zero = _mm512_setzero_si512();
  const V estimate = _mm512_madd52hi_epu64(zero, x, w.quotient);
  const V low = _mm512_madd52lo_epu64(zero, x, w.value);
  return _mm512_and_si512(_mm512_sub_epi64(low, _mm512_madd52lo_epu64(zero, estimate, q)), mask);
}

/// x - m if x >= m: the wrapped difference is larger than x otherwise.
VEILWARD_IFMA V reduce(V x, V m) { return _mm512_min_epu64(x, _mm512_sub_epi64(x, m)); }

VEILWARD_IFMA void butterfly_forward(V& x, V& y, Root w, V q, V two_q, V mask) {
  const V u = reduce(x, two_q);
  const V v = mul_lazy52(y, w, q, mask);
  x = _mm512_add_epi64(u, v);
  y = _mm512_sub_epi64(_mm512_add_epi64(u, two_q), v);
}

VEILWARD_IFMA void butterfly_inverse(V& x, V& y, Root w, V q, V two_q, V mask) {
  const V u = x, v = y;
  x = reduce(_mm512_add_epi64(u, v), two_q);
  y = mul_lazy52(_mm512_sub_epi64(_mm512_add_epi64(u, two_q), v), w, q, mask);
}

/// For sixteen consecutive words a, b and half-distance t (4, 2 or 1): where x and y of each butterfly lie, and back.
struct Lanes {
  V x, y, back_a, back_b, root;
};

VEILWARD_IFMA Lanes lanes(int t) {
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

/// 8 / t roots, each repeated over its t lanes. Only those roots are read.
VEILWARD_IFMA Root load_roots(const u64* roots, const u64* quotients, int t, V spread) {
  const __mmask8 some = static_cast<__mmask8>((1u << (8 / t)) - 1);
  return {_mm512_permutexvar_epi64(spread, _mm512_maskz_loadu_epi64(some, roots)),
          _mm512_permutexvar_epi64(spread, _mm512_maskz_loadu_epi64(some, quotients))};
}

}  // namespace

bool ifma_supported() { return __builtin_cpu_supports("avx512ifma") && __builtin_cpu_supports("avx512dq"); }

VEILWARD_IFMA_ENTRY void ifma_forward(u64* values, std::size_t n, u64 modulus, const u64* roots,
                                      const u64* quotients) {
  const V q = _mm512_set1_epi64(static_cast<i64>(modulus)), two_q = _mm512_add_epi64(q, q);
  const V mask = _mm512_set1_epi64((i64{1} << 52) - 1);
  std::size_t m = 1, t = n / 2;
  for (; t >= 8; m *= 2, t /= 2) {
    for (std::size_t i = 0; i < m; ++i) {
      const Root w{_mm512_set1_epi64(static_cast<i64>(roots[m + i])),
                   _mm512_set1_epi64(static_cast<i64>(quotients[m + i]))};
      u64* const px = values + 2 * i * t;
      for (std::size_t j = 0; j < t; j += 8) {
        V x = _mm512_loadu_si512(px + j), y = _mm512_loadu_si512(px + t + j);
        butterfly_forward(x, y, w, q, two_q, mask);
        _mm512_storeu_si512(px + j, x);
        _mm512_storeu_si512(px + t + j, y);
      }
    }
  }
  const Lanes lane[3] = {lanes(4), lanes(2), lanes(1)};
  for (std::size_t j = 0; j < n; j += 16) {
    V a = _mm512_loadu_si512(values + j), b = _mm512_loadu_si512(values + j + 8);
    for (int stage = 0; stage < 3; ++stage) {
      const int half = 4 >> stage;
      const std::size_t first = n / (2 * static_cast<std::size_t>(half)) + j / (2 * static_cast<std::size_t>(half));
      const Lanes& l = lane[stage];
      V x = _mm512_permutex2var_epi64(a, l.x, b), y = _mm512_permutex2var_epi64(a, l.y, b);
      butterfly_forward(x, y, load_roots(roots + first, quotients + first, half, l.root), q, two_q, mask);
      a = _mm512_permutex2var_epi64(x, l.back_a, y);
      b = _mm512_permutex2var_epi64(x, l.back_b, y);
    }
    _mm512_storeu_si512(values + j, reduce(reduce(a, two_q), q));
    _mm512_storeu_si512(values + j + 8, reduce(reduce(b, two_q), q));
  }
}

VEILWARD_IFMA_ENTRY void ifma_inverse(u64* values, std::size_t n, u64 modulus, const u64* roots, const u64* quotients,
                                      u64 degree_inverse, u64 degree_inverse_quotient) {
  const V q = _mm512_set1_epi64(static_cast<i64>(modulus)), two_q = _mm512_add_epi64(q, q);
  const V mask = _mm512_set1_epi64((i64{1} << 52) - 1);
  const Lanes lane[3] = {lanes(1), lanes(2), lanes(4)};
  for (std::size_t j = 0; j < n; j += 16) {
    V a = _mm512_loadu_si512(values + j), b = _mm512_loadu_si512(values + j + 8);
    for (int stage = 0; stage < 3; ++stage) {
      const int half = 1 << stage;
      const std::size_t first = n / (2 * static_cast<std::size_t>(half)) + j / (2 * static_cast<std::size_t>(half));
      const Lanes& l = lane[stage];
      V x = _mm512_permutex2var_epi64(a, l.x, b), y = _mm512_permutex2var_epi64(a, l.y, b);
      butterfly_inverse(x, y, load_roots(roots + first, quotients + first, half, l.root), q, two_q, mask);
      a = _mm512_permutex2var_epi64(x, l.back_a, y);
      b = _mm512_permutex2var_epi64(x, l.back_b, y);
    }
    _mm512_storeu_si512(values + j, a);
    _mm512_storeu_si512(values + j + 8, b);
  }
  for (std::size_t t = 8, m = n / 16; m >= 1; m /= 2, t *= 2) {
    for (std::size_t i = 0; i < m; ++i) {
      const Root w{_mm512_set1_epi64(static_cast<i64>(roots[m + i])),
                   _mm512_set1_epi64(static_cast<i64>(quotients[m + i]))};
      u64* const px = values + 2 * i * t;
      for (std::size_t j = 0; j < t; j += 8) {
        V x = _mm512_loadu_si512(px + j), y = _mm512_loadu_si512(px + t + j);
        butterfly_inverse(x, y, w, q, two_q, mask);
        _mm512_storeu_si512(px + j, x);
        _mm512_storeu_si512(px + t + j, y);
      }
    }
  }
  const Root scale{_mm512_set1_epi64(static_cast<i64>(degree_inverse)),
                   _mm512_set1_epi64(static_cast<i64>(degree_inverse_quotient))};
  for (std::size_t j = 0; j < n; j += 8)
    _mm512_storeu_si512(values + j, reduce(mul_lazy52(_mm512_loadu_si512(values + j), scale, q, mask), q));
}

#else

bool ifma_supported() { return false; }
void ifma_forward(u64*, std::size_t, u64, const u64*, const u64*) {}
void ifma_inverse(u64*, std::size_t, u64, const u64*, const u64*, u64, u64) {}

#endif

}  // namespace veilward::rlwe
