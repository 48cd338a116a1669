#include "multiparty/field/packed.h"

namespace veilward::field {
namespace {

/// Bit by bit, whatever the words are.
Wide product(Word a, Word b) {
  Wide out;
  for (int bit = 0; bit < 64; ++bit) {
    const Word taken = 0 - ((b >> bit) & 1);
    out.lo ^= (a << bit) & taken;
    out.hi ^= bit == 0 ? 0 : (a >> (64 - bit)) & taken;
  }
  return out;
}

Word dot(const Word* a, const Word* b, std::size_t n) {
  Wide sum;
  for (std::size_t i = 0; i < n; ++i) {
    const Wide one = product(a[i], b[i]);
    sum = {sum.lo ^ one.lo, sum.hi ^ one.hi};
  }
  return reduced(sum);
}

Word dot_of_sums(const Word* a, const Word* b, std::size_t n) {
  Wide sum;
  for (std::size_t i = 0; i < n; ++i) {
    const Wide one = product(a[i] ^ a[n + i], b[i] ^ b[n + i]);
    sum = {sum.lo ^ one.lo, sum.hi ^ one.hi};
  }
  return reduced(sum);
}

void fold(const Word* in, Word r, Word* out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = in[i] ^ reduced(product(in[i] ^ in[n + i], r));
}

void scale(const Word* in, Word r, Word* out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = reduced(product(in[i], r));
}

Word and_dot(const Word* a, const Word* b, const Word* weights) {
  std::array<Word, tile> both;
  for (std::size_t i = 0; i < tile; ++i) both[i] = a[i] & b[i];
  return dot(both.data(), weights, tile);
}

void unpack(const Word* in, const Word* factors, const Word* weights, std::size_t rows, std::size_t n, Word* out) {
  constexpr auto x = powers();
  for (std::size_t s = 0; s < n; ++s, out += word_bits) {
    std::fill_n(out, word_bits, 0);
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t bit = 0; bit < word_bits; ++bit) out[bit] ^= factors[row] & (0 - ((in[row * n + s] >> bit) & 1));
    if (weights == nullptr) continue;
    for (std::size_t bit = 0; bit < word_bits; ++bit)
      out[bit] = reduced(product(out[bit], reduced(product(x[bit], weights[s]))));
  }
}

}  // namespace

const Kernels portable_kernels{dot, dot_of_sums, fold, scale, ends_by<and_dot>, unpack};

}  // namespace veilward::field
