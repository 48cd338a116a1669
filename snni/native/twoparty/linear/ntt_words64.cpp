#include "twoparty/linear/ntt_lanes.h"

namespace veilward::linear {
namespace {

/// Any x: the high half of x * quotient from four 32-bit products, exactly.
struct Words64 {
  static constexpr int quotient_shift = 0;
  static V mul_lazy(V x, Root w, V q) {
    const V low32 = broadcast(0xffffffffu);
    const V x1 = _mm512_srli_epi64(x, 32), y1 = _mm512_srli_epi64(w.quotient, 32);
    const V p00 = _mm512_mul_epu32(x, w.quotient), p01 = _mm512_mul_epu32(x, y1);
    const V p10 = _mm512_mul_epu32(x1, w.quotient), p11 = _mm512_mul_epu32(x1, y1);
    const V middle = _mm512_add_epi64(_mm512_srli_epi64(p00, 32), p10);
    const V carry = _mm512_add_epi64(_mm512_and_si512(middle, low32), p01);
    const V high = _mm512_add_epi64(p11, _mm512_add_epi64(_mm512_srli_epi64(middle, 32), _mm512_srli_epi64(carry, 32)));
    return _mm512_sub_epi64(_mm512_mullo_epi64(x, w.value), _mm512_mullo_epi64(high, q));
  }
};

}  // namespace

const VectorNtt& words64_ntt() { return vector_table<Words64>; }

}  // namespace veilward::linear
