/// Bindings of the gate's products, and of a signed extension (multiplex.h).
#include "twoparty/nonlinear/bind.h"
#include "twoparty/nonlinear/multiplex.h"

namespace nb = nanobind;

namespace veilward::nonlinear {

using bind::span;

namespace {

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

}  // namespace

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

}  // namespace veilward::nonlinear
