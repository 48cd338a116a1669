// Binding of the nonlinear kernels as snni.twoparty._nonlinear. Callers own every output; lengths are checked here.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>
#include <string>

#include "aes/aes128.h"
#include "bind/arrays.h"
#include "twoparty/nonlinear/chosen_word.h"
#include "twoparty/nonlinear/leaf.h"
#include "twoparty/nonlinear/multiplex.h"
#include "twoparty/nonlinear/table.h"
#include "twoparty/nonlinear/wide.h"

namespace nb = nanobind;
using namespace veilward;
using namespace veilward::nonlinear;
using bind::span;

namespace {

using U32 = bind::In<std::uint32_t, nb::ndim<1>>;
using U16 = bind::In<std::uint16_t, nb::ndim<1>>;
using U8 = bind::In<std::uint8_t, nb::ndim<1>>;
using OutU32 = bind::Edit<std::uint32_t, nb::ndim<1>>;
using OutU8 = bind::Edit<std::uint8_t, nb::ndim<1>>;
using Rows = bind::In<std::uint32_t, nb::ndim<2>>;
using OutRows = bind::Edit<std::uint32_t, nb::ndim<2>>;

template <typename... Arrays>
void need(std::size_t n, const Arrays&... arrays) {
  if (((arrays.size() != n) || ...)) throw std::invalid_argument("arrays differ in length");
}

void need_range(int value, int low, int high, const char* what) {
  if (value < low || value > high) throw std::invalid_argument(what);
}

constexpr const char* kBits = "bits outside 1..32";
constexpr const char* kDigit = "digit_bits outside 1..5, or 1..4 with a carry";
constexpr const char* kWide = "slots of a number outside 6..8 bits, or rows that do not hold them";
constexpr const char* kStage = "stage outside 0..bits-1, or bits outside 1..5";

/// Raises unless a digit of these bits, with the carry if there is one for each of n values, has at most 32 slots.
void need_digit(int digit_bits, int shift, std::size_t n, std::size_t carries) {
  need_range(digit_bits, 1, carries == 0 ? 5 : 4, kDigit);
  need_range(shift, 0, 31, "shift outside 0..31");
  if (carries != 0 && carries != n) throw std::invalid_argument("arrays differ in length");
}

/// Raises unless slots are numbered by 6 to 8 bits and n rows hold a bit for each, `rows` exactly.
template <typename Words>
void need_wide(int bits, std::size_t n, const Words& words, std::size_t pad_words) {
  need_range(bits, 6, 8, kWide);
  const std::size_t rows = std::size_t{1} << (bits - 5);
  if (words.shape(0) != n || words.shape(1) != rows || pad_words < rows) throw std::invalid_argument(kWide);
}

/// The pads of the bits above the window have 19 bits.
void need_extension(int window, int bits) {
  need_range(bits, 2, 32, kBits);
  need_range(window, bits > 19 ? bits - 19 : 1, bits - 1, "window outside bits-19..bits-1");
}

/// Of n values: with eps an extension's, without it no high parts and no window below bits.
void need_products(std::size_t n, const U8& eps, const U32& low, const U32& high, int window, int bits) {
  need(n, low);
  need_range(bits, 1, 32, kBits);
  if (eps.size() != 0) {
    need_extension(window, bits);
    need(n, eps);
    need(3 * n, high);
  } else {
    need_range(window, bits, bits, "window below bits without an extension");
    need(0, high);
  }
}

void bind_gate(nb::module_& m) {
  using namespace nb::literals;
  const auto free_gil = nb::call_guard<nb::gil_scoped_release>();
  m.def(
      "mask_payload",
      [](U8 lambda_c, U32 c, U32 p0, U32 p1, int bits, OutU32 shares, OutU32 corrections) {
        need_range(bits, 1, 32, kBits);
        need(c.size(), lambda_c, p0, p1, shares, corrections);
        mask_payload(span(lambda_c), span(c), span(p0), span(p1), bits, span(shares), span(corrections));
      },
      "lambda_c"_a, "c"_a, "p0"_a, "p1"_a, "bits"_a, "shares"_a, "corrections"_a, free_gil,
      "Client, ahead: its shares of lambda c, and what gives the server the rest.");
  m.def(
      "mask_extended",
      [](U8 lambda_c, U32 c, U32 pads, int window, int bits, OutU32 low, OutU32 high, OutU32 low_corrections,
         OutU32 high_corrections) {
        need_extension(window, bits);
        need(c.size(), lambda_c, low, low_corrections);
        need(10 * c.size(), pads);
        need(3 * c.size(), high);
        need(5 * c.size(), high_corrections);
        mask_extended(span(lambda_c), span(c), span(pads), window, bits, span(low), span(high), span(low_corrections),
                      span(high_corrections));
      },
      "lambda_c"_a, "c"_a, "pads"_a, "window"_a, "bits"_a, "low"_a, "high"_a, "low_corrections"_a, "high_corrections"_a,
      free_gil, "Client, ahead: the same when extending.");
  m.def(
      "unmask_payload",
      [](U8 lambda_s, U32 pad, U32 corrections, int bits, OutU32 shares) {
        need_range(bits, 1, 32, kBits);
        need(shares.size(), lambda_s, pad, corrections);
        unmask_payload(span(lambda_s), span(pad), span(corrections), bits, span(shares));
      },
      "lambda_s"_a, "pad"_a, "corrections"_a, "bits"_a, "shares"_a, free_gil, "Server, ahead: its shares.");
  m.def(
      "unmask_extended",
      [](U8 choices, U32 pads, U32 low_corrections, U32 high_corrections, int window, int bits, OutU32 low,
         OutU32 high) {
        need_extension(window, bits);
        need(low.size(), choices, low_corrections);
        need(4 * low.size(), pads);
        need(5 * low.size(), high_corrections);
        need(3 * low.size(), high);
        unmask_extended(span(choices), span(pads), span(low_corrections), span(high_corrections), window, bits,
                        span(low), span(high));
      },
      "choices"_a, "pads"_a, "low_corrections"_a, "high_corrections"_a, "window"_a, "bits"_a, "low"_a, "high"_a,
      free_gil, "Server, ahead: the same when extending.");
  m.def(
      "server_product",
      [](U8 lambda_s, U32 s, U32 p0, U32 p1, int bits, OutU32 z) {
        need_range(bits, 1, 32, kBits);
        need(z.size(), lambda_s, s, p0, p1);
        server_product(span(lambda_s), span(s), span(p0), span(p1), bits, span(z));
      },
      "lambda_s"_a, "s"_a, "p0"_a, "p1"_a, "bits"_a, "z"_a, free_gil, "Server: z of section 6.");
  m.def(
      "client_part",
      [](U8 delta, U8 eps, U8 lambda_c, U32 c, U32 p, U32 z, U32 low, U32 high, int window, int bits, OutU32 y) {
        need(y.size(), delta, lambda_c, c, p, z);
        need_products(y.size(), eps, low, high, window, bits);
        client_part(span(delta), span(eps), span(lambda_c), span(c), span(p), span(z), {span(low), span(high)}, window,
                    bits, span(y));
      },
      "delta"_a, "eps"_a, "lambda_c"_a, "c"_a, "p"_a, "z"_a, "low"_a, "high"_a, "window"_a, "bits"_a, "y"_a, free_gil,
      "Client: its share of the product.");
  m.def(
      "server_part",
      [](U8 delta, U8 eps, U8 lambda_s, U32 s, U32 p0, U32 low, U32 high, int window, int bits, OutU32 y) {
        need(y.size(), delta, lambda_s, s, p0);
        need_products(y.size(), eps, low, high, window, bits);
        server_part(span(delta), span(eps), span(lambda_s), span(s), span(p0), {span(low), span(high)}, window, bits,
                    span(y));
      },
      "delta"_a, "eps"_a, "lambda_s"_a, "s"_a, "p0"_a, "low"_a, "high"_a, "window"_a, "bits"_a, "y"_a, free_gil,
      "Server: its share of the product.");
}

void bind_extension(nb::module_& m) {
  using namespace nb::literals;
  const auto free_gil = nb::call_guard<nb::gil_scoped_release>();
  m.def(
      "mask_wrap",
      [](U32 c, U32 p0, U32 p1, int window, int high_bits, OutU32 shares, OutU32 corrections) {
        need_range(high_bits, 1, 32, kBits);
        need_range(window, 1, 32 - high_bits, "window outside 1..32-high_bits");
        need(c.size(), p0, p1, shares, corrections);
        mask_wrap(span(c), span(p0), span(p1), window, high_bits, span(shares), span(corrections));
      },
      "c"_a, "p0"_a, "p1"_a, "window"_a, "high_bits"_a, "shares"_a, "corrections"_a, free_gil,
      "Client, ahead: its shares of what wraps, and what gives the server the rest.");
  const auto extended = [&](const char* name, auto kernel, const char* doc) {
    m.def(
        name,
        [kernel](U8 eps, U32 own, U32 share, int window, int bits, OutU32 y) {
          need_range(bits, 2, 32, kBits);
          need_range(window, 1, bits < 32 ? bits : 31, "window outside 1..min(bits, 31)");
          need(y.size(), eps, own, share);
          kernel(span(eps), span(own), span(share), window, bits, span(y));
        },
        "eps"_a, "own"_a, "share"_a, "window"_a, "bits"_a, "y"_a, free_gil, doc);
  };
  extended("client_extended", client_extended, "Client: its share of the extended value.");
  extended("server_extended", server_extended, "Server: its share of the extended value.");
}

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

}  // namespace

NB_MODULE(_nonlinear, m) {
  using namespace nb::literals;
  const auto free_gil = nb::call_guard<nb::gil_scoped_release>();
  m.doc() = "Kernels of the online nonlinear protocols.";
  m.def("isas", aes::supported_names, "Instruction sets of this build and CPU, the fastest last.");
  m.def("use_isa", [](const std::string& isa) { aes::use_isa(aes::isa_named(isa)); }, "isa"_a, "For tests.");

  m.def(
      "leaf_words",
      [](U32 s, int shift, int digit_bits, U8 e, U8 carry, U8 share, U32 pads, OutU32 words) {
        need_digit(digit_bits, shift, words.size(), carry.size());
        need(words.size(), s, e, share, pads);
        leaf_words(span(s), shift, digit_bits, span(e), span(carry), span(share), span(pads), span(words));
      },
      "s"_a, "shift"_a, "digit_bits"_a, "e"_a, "carry"_a, "share"_a, "pads"_a, "words"_a, free_gil,
      "Server: each digit's table under its pads, permuted by e. `carry` is empty at the lowest digit.");
  m.def(
      "leaf_open",
      [](U32 words, U8 rho, U8 pads, OutU8 share) {
        need(share.size(), words, rho, pads);
        leaf_open(span(words), span(rho), span(pads), span(share));
      },
      "words"_a, "rho"_a, "pads"_a, "share"_a, free_gil,
      "Client: the slot it has the pad of, as its share of the carry out.");
  m.def(
      "wide_words",
      [](U32 s, int shift, int digit_bits, U8 e, U8 carry, U8 share, Rows pads, OutRows words) {
        const std::size_t n = s.size();
        need_range(shift, 0, 31, "shift outside 0..31");
        need_range(digit_bits, 5, 8, "digit_bits outside 5..8");
        need(n, e, share);
        if (carry.size() != 0) need(n, carry);
        need_wide(digit_bits + (carry.size() != 0 ? 1 : 0), n, words, pads.shape(1));
        if (pads.shape(0) != n) throw std::invalid_argument("arrays differ in length");
        wide_words(span(s), shift, digit_bits, span(e), span(carry), span(share), span(pads), pads.shape(1),
                   span(words));
      },
      "s"_a, "shift"_a, "digit_bits"_a, "e"_a, "carry"_a, "share"_a, "pads"_a, "words"_a, free_gil,
      "Server: leaf_words for 64 to 256 slots, a row of words a value.");
  m.def(
      "wide_open",
      [](Rows words, int bits, U8 rho, U8 pads, OutU8 share) {
        need_wide(bits, share.size(), words, words.shape(1));
        need(share.size(), rho, pads);
        wide_open(span(words), bits, span(rho), span(pads), span(share));
      },
      "words"_a, "bits"_a, "rho"_a, "pads"_a, "share"_a, free_gil, "Client: leaf_open for rows of words.");
  m.def(
      "leaf_choice",
      [](U32 c, int shift, int digit_bits, U8 rho, OutU8 e) {
        need_range(digit_bits, 1, 8, "digit_bits outside 1..8");
        need_range(shift, 0, 31, "shift outside 0..31");
        need(e.size(), c, rho);
        leaf_choice(span(c), shift, digit_bits, span(rho), span(e));
      },
      "c"_a, "shift"_a, "digit_bits"_a, "rho"_a, "e"_a, free_gil, "Client, ahead: its digit XOR rho.");

  m.def(
      "table_fill",
      [](U32 c, int shift, int digit_bits, U8 carry_mask, OutU32 tables) {
        need_digit(digit_bits, shift, tables.size(), carry_mask.size());
        need(tables.size(), c);
        table_fill(span(c), shift, digit_bits, span(carry_mask), span(tables));
      },
      "c"_a, "shift"_a, "digit_bits"_a, "carry_mask"_a, "tables"_a, free_gil,
      "Client, ahead: the carry for every digit of the server's. `carry_mask` is empty at the lowest digit.");
  m.def(
      "table_swap_client",
      [](OutU32 tables, int stage, int bits, U32 p0, U32 p1, OutU32 correction) {
        need_range(bits, 1, 5, kStage);
        need_range(stage, 0, bits - 1, kStage);
        need(tables.size(), p0, p1, correction);
        table_swap_client(span(tables), stage, bits, span(p0), span(p1), span(correction));
      },
      "tables"_a, "stage"_a, "bits"_a, "p0"_a, "p1"_a, "correction"_a, free_gil,
      "Client, ahead: one stage of the permutation by rho; edits tables, fills correction.");
  m.def(
      "table_swap_server",
      [](OutU32 tables, int stage, int bits, U8 rho, U16 pad, U32 correction) {
        need_range(bits, 1, 5, kStage);
        need_range(stage, 0, bits - 1, kStage);
        need(tables.size(), rho, pad, correction);
        table_swap_server(span(tables), stage, bits, span(rho), span(pad), span(correction));
      },
      "tables"_a, "stage"_a, "bits"_a, "rho"_a, "pad"_a, "correction"_a, free_gil,
      "Server, ahead: the same stage; edits tables.");
  m.def(
      "table_look",
      [](U32 tables, U8 at, OutU8 share) {
        need(share.size(), tables, at);
        table_look(span(tables), span(at), span(share));
      },
      "tables"_a, "at"_a, "share"_a, free_gil, "Either: slot `at` of its tables.");

  bind_gate(m);
  bind_chosen_word(m);
  bind_extension(m);
}
