/// One, two or four 128-bit lanes with the operations that the AES, folding and transposition kernels need.
/// Everything here has internal linkage: each including source is compiled for another instruction set.
#pragma once

#include <immintrin.h>

#include "aes/aes128.h"

namespace veilward::aes {
namespace {

/// Byte indices that make every word RotWord(word 3).
inline __m128i rot_word_mask() { return _mm_set1_epi32(0x0c0f0e0d); }

struct Vec128 {
  using T = __m128i;
  static constexpr int lanes = 1;
  static T load(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
  static void store(void* p, T x) { _mm_storeu_si128(static_cast<__m128i*>(p), x); }
  /// Lane l goes to p + l * stride blocks.
  static void store_lanes(Block* p, std::size_t, T x) { store(p, x); }
  static T broadcast(Block b) { return load(&b); }
  /// b in lane 0, zero in the others.
  static T alone(Block b) { return count(b.lo, b.hi); }
  static T broadcast64(std::uint64_t x) { return _mm_set1_epi64x(static_cast<long long>(x)); }
  /// Lane l holds {lo + l, hi}.
  static T count(std::uint64_t lo, std::uint64_t hi) {
    return _mm_set_epi64x(static_cast<long long>(hi), static_cast<long long>(lo));
  }
  static T add64(T a, T b) { return _mm_add_epi64(a, b); }
  static T bxor(T a, T b) { return _mm_xor_si128(a, b); }
  static T bxor3(T a, T b, T c) { return bxor(bxor(a, b), c); }
  static T band(T a, T b) { return _mm_and_si128(a, b); }
  /// a, with b added in every 64-bit word whose bit is set: the lowest bit is the first word's.
  static T bxor_where(T a, unsigned bits, T b) {
    const T own = _mm_set_epi64x(2, 1), chosen = band(_mm_set1_epi64x(static_cast<long long>(bits)), own);
    return bxor(a, band(b, _mm_cmpeq_epi64(chosen, own)));
  }
  static T enc(T x, T k) { return _mm_aesenc_si128(x, k); }
  static T enclast(T x, T k) { return _mm_aesenclast_si128(x, k); }
  static T rot_word(T k) { return _mm_shuffle_epi8(k, rot_word_mask()); }
  template <int bytes>
  static T shift_bytes(T x) {
    return _mm_slli_si128(x, bytes);
  }
  static T high_half(T x) { return _mm_srli_si128(x, 8); }
  template <int bits>
  static T shl64(T x) {
    return _mm_slli_epi64(x, bits);
  }
  template <int bits>
  static T shr64(T x) {
    return _mm_srli_epi64(x, bits);
  }
  static T lo8(T a, T b) { return _mm_unpacklo_epi8(a, b); }
  static T hi8(T a, T b) { return _mm_unpackhi_epi8(a, b); }
  /// Carry-less product of a half of each lane: bit 0 of `halves` names a's, bit 4 b's; 0 is the low one.
  template <int halves>
  static T clmul(T a, T b) {
    return _mm_clmulepi64_si128(a, b, halves);
  }
};

#if defined(__VAES__) && defined(__VPCLMULQDQ__) && defined(__AVX2__)
struct Vec256 {
  using T = __m256i;
  static constexpr int lanes = 2;
  static T load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
  static void store(void* p, T x) { _mm256_storeu_si256(static_cast<__m256i*>(p), x); }
  static void store_lanes(Block* p, std::size_t stride, T x) {
    Vec128::store(p, _mm256_castsi256_si128(x));
    Vec128::store(p + stride, _mm256_extracti128_si256(x, 1));
  }
  static T broadcast(Block b) { return _mm256_broadcastsi128_si256(Vec128::load(&b)); }
  static T alone(Block b) { return _mm256_zextsi128_si256(Vec128::alone(b)); }
  static T broadcast64(std::uint64_t x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
  static T count(std::uint64_t lo, std::uint64_t hi) {
    return add64(_mm256_broadcastsi128_si256(Vec128::count(lo, hi)), _mm256_set_epi64x(0, 1, 0, 0));
  }
  static T add64(T a, T b) { return _mm256_add_epi64(a, b); }
  static T bxor(T a, T b) { return _mm256_xor_si256(a, b); }
  static T bxor3(T a, T b, T c) { return bxor(bxor(a, b), c); }
  static T band(T a, T b) { return _mm256_and_si256(a, b); }
  static T bxor_where(T a, unsigned bits, T b) {
    const T own = _mm256_set_epi64x(8, 4, 2, 1), chosen = band(_mm256_set1_epi64x(static_cast<long long>(bits)), own);
    return bxor(a, band(b, _mm256_cmpeq_epi64(chosen, own)));
  }
  static T enc(T x, T k) { return _mm256_aesenc_epi128(x, k); }
  static T enclast(T x, T k) { return _mm256_aesenclast_epi128(x, k); }
  static T rot_word(T k) { return _mm256_shuffle_epi8(k, _mm256_broadcastsi128_si256(rot_word_mask())); }
  template <int bytes>
  static T shift_bytes(T x) {
    return _mm256_slli_si256(x, bytes);
  }
  static T high_half(T x) { return _mm256_srli_si256(x, 8); }
  template <int bits>
  static T shl64(T x) {
    return _mm256_slli_epi64(x, bits);
  }
  template <int bits>
  static T shr64(T x) {
    return _mm256_srli_epi64(x, bits);
  }
  static T lo8(T a, T b) { return _mm256_unpacklo_epi8(a, b); }
  static T hi8(T a, T b) { return _mm256_unpackhi_epi8(a, b); }
  template <int halves>
  static T clmul(T a, T b) {
    return _mm256_clmulepi64_epi128(a, b, halves);
  }
};
#endif

#if defined(__VAES__) && defined(__VPCLMULQDQ__) && defined(__AVX512BW__)
struct Vec512 {
  using T = __m512i;
  static constexpr int lanes = 4;
  static T load(const void* p) { return _mm512_loadu_si512(p); }
  static void store(void* p, T x) { _mm512_storeu_si512(p, x); }
  static void store_lanes(Block* p, std::size_t stride, T x) {
    Vec128::store(p, _mm512_castsi512_si128(x));
    Vec128::store(p + stride, _mm512_extracti32x4_epi32(x, 1));
    Vec128::store(p + 2 * stride, _mm512_extracti32x4_epi32(x, 2));
    Vec128::store(p + 3 * stride, _mm512_extracti32x4_epi32(x, 3));
  }
  /// The low 32 bits of sixteen blocks, those that mask has.
  static void store_low(std::uint32_t* to, const Block* from, std::uint32_t mask) {
    const T first = _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 28, 24, 20, 16, 12, 8, 4, 0);
    const T low = _mm512_permutex2var_epi32(load(from), first, load(from + 4));
    const T high = _mm512_permutex2var_epi32(load(from + 8), first, load(from + 12));
    const T all = _mm512_inserti64x4(low, _mm512_castsi512_si256(high), 1);
    store(to, band(all, _mm512_set1_epi32(static_cast<int>(mask))));
  }
  static T broadcast(Block b) { return _mm512_broadcast_i32x4(Vec128::load(&b)); }
  static T alone(Block b) { return _mm512_zextsi128_si512(Vec128::alone(b)); }
  static T broadcast64(std::uint64_t x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
  static T count(std::uint64_t lo, std::uint64_t hi) {
    return add64(_mm512_broadcast_i32x4(Vec128::count(lo, hi)), _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0));
  }
  static T add64(T a, T b) { return _mm512_add_epi64(a, b); }
  static T bxor(T a, T b) { return _mm512_xor_si512(a, b); }
  static T bxor3(T a, T b, T c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
  static T band(T a, T b) { return _mm512_and_si512(a, b); }
  static T bxor_where(T a, unsigned bits, T b) { return _mm512_mask_xor_epi64(a, static_cast<__mmask8>(bits), a, b); }
  static T enc(T x, T k) { return _mm512_aesenc_epi128(x, k); }
  static T enclast(T x, T k) { return _mm512_aesenclast_epi128(x, k); }
  static T rot_word(T k) { return _mm512_shuffle_epi8(k, _mm512_broadcast_i32x4(rot_word_mask())); }
  template <int bytes>
  static T shift_bytes(T x) {
    return _mm512_bslli_epi128(x, bytes);
  }
  static T high_half(T x) { return _mm512_bsrli_epi128(x, 8); }
  template <int bits>
  static T shl64(T x) {
    return _mm512_slli_epi64(x, bits);
  }
  template <int bits>
  static T shr64(T x) {
    return _mm512_srli_epi64(x, bits);
  }
  static T lo8(T a, T b) { return _mm512_unpacklo_epi8(a, b); }
  static T hi8(T a, T b) { return _mm512_unpackhi_epi8(a, b); }
  template <int halves>
  static T clmul(T a, T b) {
    return _mm512_clmulepi64_epi128(a, b, halves);
  }
};
#endif

}  // namespace
}  // namespace veilward::aes
