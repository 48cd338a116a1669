// Binding of gates among three servers as snni.multiparty._gate. Lengths and widths are checked here.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "bind/arrays.h"
#include "multiparty/gate/hiding.h"
#include "multiparty/gate/kernels.h"
#include "multiparty/gate/opening.h"
#include "wire/pack.h"

namespace nb = nanobind;
using namespace veilward;
using namespace veilward::gate;
using bind::span;

namespace {

using U32 = bind::In<Word, nb::ndim<1>>;
using U8 = bind::In<std::uint8_t, nb::ndim<1>>;
using Words = bind::Out<Word>;

template <typename... Arrays>
void need(std::size_t n, const Arrays&... arrays) {
  if (((arrays.size() != n) || ...)) throw std::invalid_argument("arrays differ in length");
}

void need_bits(int bits) {
  if (bits < 1 || bits > 32) throw std::invalid_argument("bits outside 1..32");
}

void need_window(int window, bool extends) {
  if (window < 1 || window > (extends ? 31 : 32)) throw std::invalid_argument("a window outside of its word's bits");
}

/// Throws std::invalid_argument: not within a word, or of more bits than a table's index has left.
Digit digit_of(int shift, int width, bool carries) {
  if (shift < 0 || width < 1 || shift + width > 32) throw std::invalid_argument("a digit outside of a word");
  if (width + (carries ? 1 : 0) > max_index_bits) throw std::invalid_argument("an index of more than 5 bits");
  return {shift, width};
}

template <class Body>
std::pair<Words, Words> both(std::size_t n, Body body) {
  bind::Owned<Word> kept(n), rest(n);
  {
    nb::gil_scoped_release free;
    body(kept.data(), rest.data());
  }
  return {kept.release({n}), rest.release({n})};
}

Words tables(U32 c, int shift, int width, std::optional<U32> below, U32 flip) {
  const std::size_t n = c.size();
  need(n, flip);
  if (below) need(n, *below);
  const Digit digit = digit_of(shift, width, below.has_value());
  bind::Owned<Word> out(n);
  {
    nb::gil_scoped_release free;
    gate_kernels().tables(c.data(), digit, below ? below->data() : nullptr, flip.data(), out.data(), n);
  }
  return out.release({n});
}

bind::Out<std::uint8_t> entries(U32 tables, U32 s, int shift, int width, std::optional<U8> below) {
  const std::size_t n = tables.size();
  need(n, s);
  if (below) need(n, *below);
  const Digit digit = digit_of(shift, width, below.has_value());
  bind::Owned<std::uint8_t> out(n);
  {
    nb::gil_scoped_release free;
    gate_kernels().entries(tables.data(), s.data(), digit, below ? below->data() : nullptr, out.data(), n);
  }
  return out.release({n});
}

std::pair<Words, Words> products(U32 c, U32 lam, U32 mask, int window, bool extends) {
  const std::size_t n = c.size();
  need(n, lam, mask);
  need_window(window, extends);
  return both(n, [&](Word* kept, Word* rest) {
    gate_kernels().products(c.data(), lam.data(), mask.data(), window, extends, kept, rest, n);
  });
}

std::pair<Words, Words> wraps(U32 c, U32 lam, int window) {
  need(c.size(), lam);
  need_bits(window);
  return both(c.size(), [&](Word* kept, Word* rest) {
    gate_kernels().wraps(c.data(), lam.data(), window, kept, rest, c.size());
  });
}

Words chosen(U32 s, U8 carries, U32 lam, const std::pair<U32, U32>& products,
             const std::optional<std::pair<U32, U32>>& wraps, std::optional<U32> addend, int window, Word half,
             bool first) {
  const std::size_t n = carries.size(), payload = s.size();
  need(n, lam);
  need(payload, products.first, products.second);
  if (addend) need(payload, *addend);
  if (n == 0 || payload % n != 0) throw std::invalid_argument("arrays differ in length");
  if (wraps) need(n, wraps->first, wraps->second), need(n, s);
  need_window(window, wraps.has_value());
  bind::Owned<Word> out(payload);
  {
    nb::gil_scoped_release free;
    for (std::size_t at = 0; at < payload; at += n) {
      Shares shares{lam.data(), {products.first.data() + at, products.second.data() + at}, {nullptr, nullptr}};
      if (wraps) shares.wraps[0] = wraps->first.data(), shares.wraps[1] = wraps->second.data();
      gate_kernels().chosen({window, half, first}, shares, s.data(), wraps ? nullptr : s.data() + at, carries.data(),
                            addend ? addend->data() + at : nullptr, out.data() + at, n);
    }
  }
  return out.release({payload});
}

bind::Out<std::uint8_t> hidden(const nb::bytes& seed, std::uint64_t stream, Shared how, const U32& values, int bits) {
  need_bits(bits);
  const auto key = bind::seed_of(seed);
  const std::size_t bytes = wire::packed_bytes(values.size(), bits);
  bind::Owned<std::uint8_t> out(bytes);
  {
    nb::gil_scoped_release free;
    hide(key, stream, how, span(values), bits, out.span());
  }
  return out.release({bytes});
}

}  // namespace

NB_MODULE(_gate, m) {
  using namespace nb::literals;
  m.doc() = "Gates among three servers, word by word.";

  m.def("isas", aes::supported_names, "Instruction sets of this build and CPU, the fastest last.");
  m.def("use_isa", [](const std::string& isa) { aes::use_isa(aes::isa_named(isa)); }, "isa"_a, "For tests.");
  m.def("tables", &tables, "c"_a, "shift"_a, "width"_a, "below"_a.none(), "flip"_a,
        "Truth tables of the carry out of c's digit and each of s's, for either carry below, flipped; uint32 [n].");
  m.def("entries", &entries, "tables"_a, "s"_a, "shift"_a, "width"_a, "below"_a.none(),
        "What shares of tables have at s's digit and the opened carry below, uint8 [n].");
  m.def("products", &products, "c"_a, "lam"_a, "mask"_a, "window"_a, "extends"_a,
        "(lam A - mask, (1 - lam) A - mask), uint32 [n] mod 2^32.");
  m.def("wraps", &wraps, "c"_a, "lam"_a, "window"_a, "(lam B, (1 - lam) B) by 2^window, uint32 [n] mod 2^32.");
  m.def("chosen", &chosen, "s"_a, "carries"_a, "lam"_a, "products"_a, "wraps"_a.none(), "addend"_a.none(), "window"_a,
        "half"_a, "first"_a, "An evaluator's shares of results, uint32 [lanes * n] mod 2^32.");
  m.def(
      "hidden_sum",
      [](const nb::bytes& seed, std::uint64_t stream, U32 values, int bits) {
        return hidden(seed, stream, Shared::sum, values, bits);
      },
      "seed"_a, "stream"_a, "values"_a, "bits"_a, "Values less what a stream gives, mod 2^bits, packed.");
  m.def(
      "hidden_bits",
      [](const nb::bytes& seed, std::uint64_t stream, U32 values, int bits) {
        return hidden(seed, stream, Shared::exclusive, values, bits);
      },
      "seed"_a, "stream"_a, "values"_a, "bits"_a, "Values XOR what a stream gives, packed.");
  m.def(
      "opened_sum",
      [](U32 shares, U8 packed, int bits) {
        need_bits(bits);
        need(wire::packed_bytes(shares.size(), bits), packed);
        bind::Owned<Word> out(shares.size());
        {
          nb::gil_scoped_release free;
          opened_sums(span(shares), span(packed), bits, out.span());
        }
        return out.release({shares.size()});
      },
      "shares"_a, "packed"_a, "bits"_a, "Own shares plus the other's, packed, mod 2^bits; uint32 [n].");
  m.def(
      "opened_bits",
      [](U8 shares, U8 packed) {
        need(wire::packed_bytes(shares.size(), 1), packed);
        bind::Owned<std::uint8_t> out(shares.size());
        {
          nb::gil_scoped_release free;
          opened_bits(span(shares), span(packed), out.span());
        }
        return out.release({shares.size()});
      },
      "shares"_a, "packed"_a, "Own bits XOR the other's, packed; uint8 [n].");
}
