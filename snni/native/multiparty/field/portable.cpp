#include "multiparty/field/kernels.h"

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

}  // namespace

const Kernels portable_kernels{dot, dot_of_sums, fold, scale};

}  // namespace veilward::field
