/// From ciphertexts to shares, and rows of words on the wire.
#include <nanobind/stl/optional.h>

#include <atomic>
#include <optional>

#include "twoparty/linear/bind.h"
#include "twoparty/linear/bits.h"
#include "twoparty/linear/checks.h"
#include "twoparty/linear/h2a.h"
#include "twoparty/linear/rows.h"

namespace veilward::linear {
namespace {

Out<u64> masks(const nb::bytes& seed, u64 first_stream, const In<std::int64_t, nb::ndim<1>>& lengths, std::size_t count,
               u64 q) {
  const Seed secret = seed_of(seed);
  std::size_t width = 0;
  for (const std::int64_t length : span(lengths)) {
    need(length >= 0 && length <= (std::int64_t{1} << 32), "length out of range");
    width += static_cast<std::size_t>(length);
  }
  need(q > 1 && q >> kMaxModulusBits == 0, "modulus out of range");
  Owned<u64> out(times(count, width));
  {
    nb::gil_scoped_release free;
    by_rows(count, [&](std::size_t i) {
      expand_masks(secret, first_stream + i * lengths.size(), span(lengths), q, out.span().subspan(i * width, width));
    });
  }
  return out.release({count, width});
}

Out<std::uint32_t> round_all(const Rows& values, u64 q, int ring_bits) {
  need_ring(ring_bits);
  need(q >> 30 != 0 && q >> kMaxModulusBits == 0, "modulus out of range");
  need_below(span(values), q, "a residue is not below the modulus");
  Owned<std::uint32_t> out(values.size());
  {
    nb::gil_scoped_release free;
    round_to_ring(span(values), q, ring_bits, out.span());
  }
  return out.release({values.shape(0), values.shape(1)});
}

Out<u64> mask_all(const Rows& c0, const In<std::int32_t, nb::ndim<1>>& positions, const Rows& masks, u64 q, int drop) {
  const std::size_t count = c0.shape(0), width = positions.size();
  need(masks.shape(0) == count && masks.shape(1) == width, "mask shapes differ");
  need(drop >= 0 && drop < kMaxModulusBits, "drop out of range");
  need_positions(span(positions), c0.shape(1));
  Owned<u64> out(count * width);
  {
    nb::gil_scoped_release free;
    by_rows(count, [&](std::size_t i) {
      mask_and_drop(span(c0).subspan(i * c0.shape(1), c0.shape(1)), span(positions),
                    span(masks).subspan(i * width, width), q, drop, out.span().subspan(i * width, width));
    });
  }
  return out.release({count, width});
}

/// Each row of values, shifted right by drop and packed, starts on a byte.
Out<std::uint8_t> pack_rows(const Rows& values, int bits, int drop) {
  need(bits >= 1 && bits <= 56 && drop >= 0 && drop < 64, "bits outside 1..56");
  const std::size_t count = values.shape(0), width = values.shape(1), bytes = packed_bytes(width, bits);
  Owned<std::uint8_t> out(count * bytes);
  std::atomic<bool> fits = true;
  {
    nb::gil_scoped_release free;
    by_rows(count, [&](std::size_t i) {
      if (!pack_bits(span(values).subspan(i * width, width), drop, bits, out.span().subspan(i * bytes, bytes)))
        fits = false;
    });
  }
  need(fits, "a value does not fit its bits");
  return out.release({count, bytes});
}

/// The rows of pack_rows; None where one is not below limit or padding is not zero. With drop > 0 they are lifted mod
/// q.
std::optional<Out<u64>> unpack_rows(const In<std::uint8_t, nb::ndim<2>>& packed, std::size_t width, int bits, u64 limit,
                                    int drop, u64 q) {
  need(bits >= 1 && bits <= 56 && drop >= 0 && drop < 64, "bits outside 1..56");
  need(width <= times(packed.shape(1), 8) && packed.shape(1) == packed_bytes(width, bits),
       "packed row has the wrong length");
  const std::size_t count = packed.shape(0), bytes = packed.shape(1);
  Owned<u64> out(count * width);
  std::atomic<bool> valid = true;
  {
    nb::gil_scoped_release free;
    by_rows(count, [&](std::size_t i) {
      const std::span<u64> row = out.span().subspan(i * width, width);
      if (!valid) return;
      if (unpack_bits(span(packed).subspan(i * bytes, bytes), bits, limit, row))
        lift(row, drop, q);
      else
        valid = false;
    });
  }
  if (!valid) return std::nullopt;
  return out.release({count, width});
}

}  // namespace

void bind_shares(nb::module_& module) {
  using namespace nb::literals;
  module.def("masks", &masks, "seed"_a, "first_stream"_a, "lengths"_a, "count"_a, "q"_a,
             "Uniform residues, uint64 [count, sum of lengths]: each run of a row is a stream of its own.");
  module.def("round_to_ring", &round_all, "values"_a, "q"_a, "ring_bits"_a, "round(v 2^ring_bits / q), uint32 [n, w].");
  module.def("mask_and_drop", &mask_all, "c0"_a, "positions"_a, "masks"_a, "q"_a, "drop"_a,
             "(c0 at the positions, less the masks mod q) >> drop, uint64 [n, w].");
  module.def("pack_rows", &pack_rows, "values"_a, "bits"_a, "drop"_a = 0,
             "Each row of values >> drop in `bits` bits a value, from a byte's boundary on.");
  module.def("unpack_rows", &unpack_rows, "packed"_a, "width"_a, "bits"_a, "limit"_a, "drop"_a = 0, "q"_a = 0,
             "What pack_rows packed, or None where a value is not below limit or padding is not zero; with drop > 0 "
             "lifted mod q.");
}

}  // namespace veilward::linear
