#include "twoparty/linear/ntt_lanes.h"

namespace veilward::linear {
namespace {

/// x < 2^52.
struct Words52 {
  static constexpr int quotient_shift = 12;
  static V mul_lazy(V x, Root w, V q) {
    const V zero = _mm512_setzero_si512();
    const V estimate = _mm512_madd52hi_epu64(zero, x, w.quotient);
    const V low = _mm512_madd52lo_epu64(zero, x, w.value);
    const V rest = _mm512_sub_epi64(low, _mm512_madd52lo_epu64(zero, estimate, q));
    return _mm512_and_si512(rest, broadcast((u64{1} << 52) - 1));
  }
};

}  // namespace

const VectorNtt& words52_ntt() { return vector_table<Words52>; }

}  // namespace veilward::linear
