/// One 128-bit Neon lane with the operations of vec_x86.h. Little-endian AArch64 with the AES extension.
#pragma once

#include <arm_neon.h>

#include "aes/aes128.h"

namespace veilward::aes {
namespace {

struct VecNeon {
  using T = uint8x16_t;
  static constexpr int lanes = 1;
  static T load(const void* p) { return vld1q_u8(static_cast<const std::uint8_t*>(p)); }
  static void store(void* p, T x) { vst1q_u8(static_cast<std::uint8_t*>(p), x); }
  static void store_lanes(Block* p, std::size_t, T x) { store(p, x); }
  static T broadcast(Block b) { return load(&b); }
  static T alone(Block b) { return count(b.lo, b.hi); }
  static T broadcast64(std::uint64_t x) { return vreinterpretq_u8_u64(vdupq_n_u64(x)); }
  static T count(std::uint64_t lo, std::uint64_t hi) {
    return vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(lo), vcreate_u64(hi)));
  }
  static T add64(T a, T b) { return vreinterpretq_u8_u64(vaddq_u64(vreinterpretq_u64_u8(a), vreinterpretq_u64_u8(b))); }
  static T bxor(T a, T b) { return veorq_u8(a, b); }
  static T bxor3(T a, T b, T c) { return bxor(bxor(a, b), c); }
  static T band(T a, T b) { return vandq_u8(a, b); }
  /// As Vec128's of vec_x86.h.
  static T bxor_where(T a, unsigned bits, T b) {
    const uint64x2_t own = {1, 2};
    return bxor(a, band(b, vreinterpretq_u8_u64(vtstq_u64(vdupq_n_u64(bits), own))));
  }
  static T enc(T x, T k) { return veorq_u8(vaesmcq_u8(vaeseq_u8(x, vdupq_n_u8(0))), k); }
  static T enclast(T x, T k) { return veorq_u8(vaeseq_u8(x, vdupq_n_u8(0)), k); }
  static T rot_word(T k) { return vqtbl1q_u8(k, vreinterpretq_u8_u32(vdupq_n_u32(0x0c0f0e0d))); }
  template <int bytes>
  static T shift_bytes(T x) {
    return vextq_u8(vdupq_n_u8(0), x, 16 - bytes);
  }
  static T high_half(T x) { return vextq_u8(x, vdupq_n_u8(0), 8); }
  template <int bits>
  static T shl64(T x) {
    return vreinterpretq_u8_u64(vshlq_n_u64(vreinterpretq_u64_u8(x), bits));
  }
  template <int bits>
  static T shr64(T x) {
    return vreinterpretq_u8_u64(vshrq_n_u64(vreinterpretq_u64_u8(x), bits));
  }
  static T lo8(T a, T b) { return vzip1q_u8(a, b); }
  static T hi8(T a, T b) { return vzip2q_u8(a, b); }
  template <int halves>
  static T clmul(T a, T b) {
    const poly64x2_t x = vreinterpretq_p64_u8(a), y = vreinterpretq_p64_u8(b);
    return vreinterpretq_u8_p128(vmull_p64(vgetq_lane_p64(x, halves & 1), vgetq_lane_p64(y, halves >> 4)));
  }
};

}  // namespace
}  // namespace veilward::aes
