// Binding of the nonlinear kernels as snni._nonlinear. Callers own every output; lengths are checked here.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <stdexcept>

#include "and_gate.hpp"
#include "bind/strict_array.h"
#include "leaf.hpp"
#include "multiplex.hpp"
#include "pack.hpp"

namespace nb = nanobind;
using namespace veilward::nonlinear;

namespace {

template <typename T>
using Array = veilward::bind::Strict<nb::ndarray<T, nb::ndim<1>, nb::c_contig, nb::device::cpu>>;
using U32 = Array<const std::uint32_t>;
using U8 = Array<const std::uint8_t>;
using OutU32 = Array<std::uint32_t>;
using OutU8 = Array<std::uint8_t>;

template <typename T>
std::span<T> span(const Array<T>& array) {
  return {array.data(), array.size()};
}

template <typename... Arrays>
void need(std::size_t n, const Arrays&... arrays) {
  if (((arrays.size() != n) || ...)) throw std::invalid_argument("arrays differ in length");
}

void need_range(int value, int low, int high, const char* what) {
  if (value < low || value > high) throw std::invalid_argument(what);
}

constexpr const char* kBits = "bits outside 1..32";
constexpr const char* kDigit = "digit_bits outside 1..4";

}  // namespace

NB_MODULE(_nonlinear, m) {
  const auto free_gil = nb::call_guard<nb::gil_scoped_release>();
  m.doc() = "Kernels of the online nonlinear protocols.";

  m.def(
      "pack_words",
      [](U32 values, int bits, OutU8 out) {
        need_range(bits, 1, 32, kBits);
        need(packed_bytes(values.size(), bits), out);
        pack_words(span(values), bits, span(out));
      },
      free_gil);
  m.def(
      "pack_bytes",
      [](U8 values, int bits, OutU8 out) {
        need_range(bits, 1, 8, "bits outside 1..8");
        need(packed_bytes(values.size(), bits), out);
        pack_bytes(span(values), bits, span(out));
      },
      free_gil);
  m.def(
      "unpack_words",
      [](U8 packed, int bits, OutU32 values) {
        need_range(bits, 1, 32, kBits);
        need(packed_bytes(values.size(), bits), packed);
        unpack_words(span(packed), bits, span(values));
      },
      free_gil);
  m.def(
      "unpack_bytes",
      [](U8 packed, int bits, OutU8 values) {
        need_range(bits, 1, 8, "bits outside 1..8");
        need(packed_bytes(values.size(), bits), packed);
        unpack_bytes(span(packed), bits, span(values));
      },
      free_gil);

  m.def(
      "leaf_words",
      [](U32 s, int shift, int digit_bits, U8 e, U8 share, U32 pads, OutU32 words) {
        need_range(digit_bits, 1, 4, kDigit);
        need_range(shift, 0, 31, "shift outside 0..31");
        need(words.size(), s, e, share, pads);
        leaf_words(span(s), shift, digit_bits, span(e), span(share), span(pads), span(words));
      },
      free_gil);
  m.def(
      "leaf_open",
      [](U32 words, U8 rho, U8 pads, OutU8 share) {
        need(share.size(), words, rho, pads);
        leaf_open(span(words), span(rho), span(pads), span(share));
      },
      free_gil);
  m.def(
      "leaf_choice",
      [](U32 c, int shift, int digit_bits, U8 rho, OutU8 e) {
        need_range(digit_bits, 1, 4, kDigit);
        need_range(shift, 0, 31, "shift outside 0..31");
        need(e.size(), c, rho);
        leaf_choice(span(c), shift, digit_bits, span(rho), span(e));
      },
      free_gil);
  m.def(
      "leaf_squeeze",
      [](OutU32 words, int digit_bits) {
        need_range(digit_bits, 1, 4, kDigit);
        leaf_squeeze(span(words), digit_bits);
      },
      free_gil);
  m.def(
      "leaf_spread",
      [](OutU32 words, int digit_bits) {
        need_range(digit_bits, 1, 4, kDigit);
        leaf_spread(span(words), digit_bits);
      },
      free_gil);

  m.def(
      "and_triples",
      [](U8 choice, U8 received, U8 sent0, U8 sent1, OutU8 triples) {
        need(triples.size(), choice, received, sent0, sent1);
        and_triples(span(choice), span(received), span(sent0), span(sent1), span(triples));
      },
      free_gil);
  m.def(
      "and_open",
      [](U8 hi, U8 lo, U8 triples, OutU8 opening) {
        need(opening.size(), hi, lo, triples);
        and_open(span(hi), span(lo), span(triples), span(opening));
      },
      free_gil);
  m.def(
      "and_close",
      [](U8 hi, U8 triples, U8 opening, bool leader, OutU8 out) {
        need(out.size(), hi, triples, opening);
        and_close(span(hi), span(triples), span(opening), leader, span(out));
      },
      free_gil);

  m.def(
      "server_product",
      [](U8 d_s, U32 s, U32 p0, U32 p1, U8 delta, int bits, OutU32 z, OutU32 w) {
        need_range(bits, 1, 32, kBits);
        need(z.size(), d_s, s, p0, p1, delta, w);
        server_product(span(d_s), span(s), span(p0), span(p1), span(delta), bits, span(z), span(w));
      },
      free_gil);
  m.def(
      "client_product",
      [](U8 d_c, U32 p, U32 z, int bits, OutU32 v) {
        need_range(bits, 1, 32, kBits);
        need(v.size(), d_c, p, z);
        client_product(span(d_c), span(p), span(z), bits, span(v));
      },
      free_gil);
  m.def(
      "client_messages2",
      [](U8 d_c, U32 c, U32 t, U32 p0, U32 p1, U8 flip, int bits, OutU32 messages) {
        need_range(bits, 1, 32, kBits);
        need(t.size(), d_c, c, p0, p1, flip);
        need(2 * t.size(), messages);
        client_messages2(span(d_c), span(c), span(t), span(p0), span(p1), span(flip), bits, span(messages));
      },
      free_gil);
  m.def(
      "client_messages4",
      [](U8 d_c, U32 c, U32 t, U32 pads, U8 flip, int window, int bits, OutU32 messages) {
        need_range(bits, 1, 32, kBits);
        need_range(window, 1, 32, "window outside 1..32");
        need(t.size(), d_c, c, flip);
        need(4 * t.size(), pads, messages);
        client_messages4(span(d_c), span(c), span(t), span(pads), span(flip), window, bits, span(messages));
      },
      free_gil);
  m.def(
      "client_extension",
      [](U32 c, U32 t, U32 p0, U32 p1, U8 flip, int window, int bits, OutU32 messages) {
        need_range(bits, 1, 32, kBits);
        need_range(window, 1, 32, "window outside 1..32");
        need(t.size(), c, p0, p1, flip);
        need(2 * t.size(), messages);
        client_extension(span(c), span(t), span(p0), span(p1), span(flip), window, bits, span(messages));
      },
      free_gil);
  m.def(
      "server_choose",
      [](U32 messages, int slots, U8 rho, U32 pads, int bits, OutU32 out) {
        need_range(bits, 1, 32, kBits);
        if (slots != 2 && slots != 4) throw std::invalid_argument("slots must be 2 or 4");
        need(out.size(), rho, pads);
        need(static_cast<std::size_t>(slots) * out.size(), messages);
        server_choose(span(messages), slots, span(rho), span(pads), bits, span(out));
      },
      free_gil);
}
