/// Bindings of words that are chosen by a bit (chosen_word.h).
#include "twoparty/nonlinear/bind.h"
#include "twoparty/nonlinear/chosen_word.h"

namespace nb = nanobind;

namespace veilward::nonlinear {

using bind::span;

namespace {

/// Of n values: what an extension has besides, or nothing of it.
template <typename... Arrays>
void need_extended(std::size_t n, bool extend, int window, int bits, const Arrays&... arrays) {
  if (extend) {
    need_extension(window, bits);
    need_range(bits, 2, 31, "bits outside 2..31 when extending");
  } else {
    need_range(bits, 1, 32, kBits);
    need_range(window, bits, bits, "window below bits without an extension");
  }
  need(extend ? n : 0, arrays...);
}

}  // namespace

void bind_chosen_word(nb::module_& m) {
  using namespace nb::literals;
  const auto free_gil = nb::call_guard<nb::gil_scoped_release>();
  m.def(
      "masked_share",
      [](U32 v, U32 p0, U32 p1, int window, OutU32 sigma, OutU8 theta, OutU8 top) {
        need_range(window, 1, 32, "window outside 1..32");
        need(v.size(), p0, p1, sigma);
        need(theta.size() == 0 ? 0 : v.size(), theta, top);
        masked_share(span(v), span(p0), span(p1), window, span(sigma), span(theta), span(top));
      },
      "v"_a, "p0"_a, "p1"_a, "window"_a, "sigma"_a, "theta"_a, "top"_a, free_gil,
      "Server: its share under the difference of two messages, and that difference's wrap and top bit.");
  m.def(
      "word_of",
      [](U8 d, U8 lambda_c, U32 c, U32 p, U32 sigma, U8 lambda2, U8 phi, U8 eps, U32 kappa, U32 mu, U32 steer,
         std::uint32_t half, int window, int bits, OutU32 word) {
        need(word.size(), d, lambda_c, c, p, sigma, steer);
        need_extended(word.size(), eps.size() != 0, window, bits, lambda2, phi, eps, kappa, mu);
        const ClientOfWord own{span(lambda_c), span(c),   span(p),     span(sigma), span(lambda2),
                               span(phi),      span(eps), span(kappa), span(mu)};
        word_of(span(d), own, span(steer), half, window, bits, span(word));
      },
      "d"_a, "lambda_c"_a, "c"_a, "p"_a, "sigma"_a, "lambda2"_a, "phi"_a, "eps"_a, "kappa"_a, "mu"_a, "steer"_a,
      "half"_a, "window"_a, "bits"_a, "word"_a, free_gil, "Client: its last word, were d the bit.");
  m.def(
      "cover_words",
      [](U8 opening, U8 e0, U8 e1, U32 zero0, U32 one0, U32 zero1, U32 one1, OutU32 first, OutU32 second) {
        need(first.size(), second, opening, e0, e1, zero0, one0, zero1, one1);
        cover_words(span(opening), span(e0), span(e1), {span(zero0), span(one0)}, {span(zero1), span(one1)},
                    span(first), span(second));
      },
      "opening"_a, "e0"_a, "e1"_a, "zero0"_a, "one0"_a, "zero1"_a, "one1"_a, "first"_a, "second"_a, free_gil,
      "Client: both words under the messages of the transfer that its opening names.");
  m.def(
      "uncover_word",
      [](U8 known, U8 bit0, U8 bit1, U32 pad0, U32 pad1, U32 first, U32 second, int width, OutU32 word, OutU8 bit) {
        need_range(width, 1, 32, kBits);
        need(word.size(), bit, known, bit0, bit1, pad0, pad1, first, second);
        uncover_word(span(known), span(bit0), span(bit1), span(pad0), span(pad1), span(first), span(second), width,
                     span(word), span(bit));
      },
      "known"_a, "bit0"_a, "bit1"_a, "pad0"_a, "pad1"_a, "first"_a, "second"_a, "width"_a, "word"_a, "bit"_a, free_gil,
      "Server: the word of its bit, uncovered, and that bit.");
  m.def(
      "share_of",
      [](U8 delta, U32 word, U32 p0, U32 p1, U8 theta, U8 top, U8 phi, U8 eps, U32 kappa, U32 mu, int window, int bits,
         OutU32 y) {
        need(y.size(), delta, word, p0, p1);
        need_extended(y.size(), eps.size() != 0, window, bits, theta, top, phi, eps, kappa, mu);
        const ServerOfWord own{span(p0), span(p1), span(theta), span(top), span(phi), span(eps), span(kappa), span(mu)};
        share_of(span(delta), span(word), own, window, bits, span(y));
      },
      "delta"_a, "word"_a, "p0"_a, "p1"_a, "theta"_a, "top"_a, "phi"_a, "eps"_a, "kappa"_a, "mu"_a, "window"_a,
      "bits"_a, "y"_a, free_gil, "Server: its share of the product, from the word that was made for its bit.");
}

}  // namespace veilward::nonlinear
