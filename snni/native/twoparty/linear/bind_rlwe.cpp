/// Transforms, keys, and ciphertexts by the row.
#include <nanobind/stl/string.h>

#include <algorithm>
#include <string>

#include "twoparty/linear/bind.h"
#include "twoparty/linear/checks.h"
#include "twoparty/linear/rows.h"
#include "twoparty/linear/sample.h"

namespace veilward::linear {
namespace {

Out<u64> transform(const Ntt& ntt, const Words& values, void (Ntt::*run)(std::span<u64>) const) {
  need(values.size() == ntt.degree(), "a polynomial has degree words");
  need_below(span(values), ntt.modulus(), "a residue is not below the modulus");
  Owned<u64> out(values.size());
  std::copy_n(values.data(), values.size(), out.span().data());
  (ntt.*run)(out.span());
  return out.release({values.size()});
}

Out<u64> encrypt_all(const Ntt& ntt, const SecretKey& secret, const In<std::uint32_t, nb::ndim<2>>& messages,
                     int ring_bits, const nb::bytes& public_seed, const nb::bytes& noise_seed, u64 first_stream) {
  need_ring(ring_bits);
  const std::size_t count = messages.shape(0), width = messages.shape(1), n = ntt.degree();
  need(width <= n, "a message is longer than the degree");
  for (const std::uint32_t m : span(messages)) need(m >> ring_bits == 0, "a message is outside its ring");
  const Seed open = seed_of(public_seed), hidden = seed_of(noise_seed);
  Owned<u64> c0(times(count, n));
  {
    nb::gil_scoped_release free;
    by_rows(count, [&](std::size_t i) {
      encrypt(ntt, secret, span(messages).subspan(i * width, width), ring_bits, open, hidden, first_stream + i,
              c0.span().subspan(i * n, n));
    });
  }
  return c0.release({count, n});
}

Out<u64> expand_all(const Ntt& ntt, const nb::bytes& public_seed, u64 first_stream, std::size_t count) {
  const std::size_t n = ntt.degree();
  const Seed seed = seed_of(public_seed);
  Owned<u64> c1(times(count, n));
  {
    nb::gil_scoped_release free;
    by_rows(count, [&](std::size_t i) { expand_uniform(ntt, seed, first_stream + i, c1.span().subspan(i * n, n)); });
  }
  return c1.release({count, n});
}

/// c1 is overwritten.
Out<std::uint32_t> decrypt_all(const Ntt& ntt, const SecretKey& secret, const Rows& c0,
                               const In<std::int32_t, nb::ndim<1>>& positions, const Edit<u64, nb::ndim<2>>& c1,
                               int ring_bits) {
  need_ring(ring_bits);
  const std::size_t count = c0.shape(0), width = c0.shape(1), n = ntt.degree();
  need(c1.shape(0) == count && c1.shape(1) == n && positions.size() == width, "ciphertext shapes differ");
  need_positions(span(positions), n);
  need_below(span(c0), ntt.modulus(), "a residue is not below the modulus");
  need_below(span(c1), ntt.modulus(), "a residue is not below the modulus");
  Owned<std::uint32_t> out(count * width);
  {
    nb::gil_scoped_release free;
    by_rows(count, [&](std::size_t i) {
      decrypt(ntt, secret, span(c0).subspan(i * width, width), span(positions), span(c1).subspan(i * n, n), ring_bits,
              out.span().subspan(i * width, width));
    });
  }
  return out.release({count, width});
}

void add_zeros(const Ntt& ntt, const PublicKey& key, const nb::bytes& seed, u64 first_stream,
               const Edit<u64, nb::ndim<2>>& c0, const Edit<u64, nb::ndim<2>>& c1) {
  const std::size_t count = c0.shape(0), width = c0.shape(1), n = ntt.degree();
  need(c1.shape(0) == count && c1.shape(1) == n && width <= n, "ciphertext shapes differ");
  const Seed secret = seed_of(seed);
  nb::gil_scoped_release free;
  by_rows(count, [&](std::size_t i) {
    key.add_zero(ntt, secret, first_stream + i, span(c0).subspan(i * width, width), span(c1).subspan(i * n, n));
  });
}

Out<u64> sample(const std::string& what, const nb::bytes& seed, u64 stream, std::size_t count, u64 q) {
  need(q > 1 && q >> kMaxModulusBits == 0, "modulus out of range");
  aes::Prg prg(seed_of(seed), stream);
  Owned<u64> out(count);
  if (what == "uniform")
    sample_uniform(prg, q, out.span());
  else if (what == "ternary")
    sample_ternary(prg, q, out.span());
  else if (what == "noise")
    sample_noise(prg, q, out.span());
  else
    throw std::invalid_argument("no such distribution");
  return out.release({count});
}

Out<u64> reveal(const SecretKey& key) {
  Owned<u64> out(key.reveal().size());
  std::copy(key.reveal().begin(), key.reveal().end(), out.span().begin());
  return out.release({key.reveal().size()});
}

[[noreturn]] void refuse_pickle(const SecretKey&) { throw nb::type_error("a secret key is never pickled"); }

}  // namespace

void bind_rlwe(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Ntt>(module, "Ntt", "The transform of Z_q[X]/(X^degree + 1); uint64 [degree] in and out.")
      .def(nb::init<std::size_t, u64>(), "degree"_a, "modulus"_a)
      .def_prop_ro("degree", &Ntt::degree)
      .def_prop_ro("modulus", &Ntt::modulus)
      .def_prop_ro("has_vector", &Ntt::has_vector)
      .def(
          "forward", [](const Ntt& t, Words v) { return transform(t, v, &Ntt::forward); }, "values"_a)
      .def(
          "inverse", [](const Ntt& t, Words v) { return transform(t, v, &Ntt::inverse); }, "values"_a)
      .def(
          "forward_scalar", [](const Ntt& t, Words v) { return transform(t, v, &Ntt::forward_scalar); }, "values"_a)
      .def("inverse_scalar", [](const Ntt& t, Words v) { return transform(t, v, &Ntt::inverse_scalar); }, "values"_a);

  nb::class_<SecretKey>(module, "SecretKey", "The client's secret; never printed, compared or pickled.")
      .def_static(
          "generate", [](const Ntt& ntt, nb::bytes seed) { return SecretKey::generate(ntt, seed_of(seed)); }, "ntt"_a,
          "seed"_a)
      .def_static(
          "from_coefficients", [](const Ntt& ntt, Words c) { return SecretKey(ntt, span(c)); }, "ntt"_a,
          "coefficients"_a)
      .def("reveal", &reveal, "For tests.")
      .def("__reduce__", &refuse_pickle, nb::sig("def __reduce__(self) -> typing.NoReturn"))
      .def("__getstate__", &refuse_pickle, nb::sig("def __getstate__(self) -> typing.NoReturn"))
      .def("__repr__", [](const SecretKey&) { return "<SecretKey>"; });

  nb::class_<PublicKey>(module, "PublicKey", "An encryption of zero, uint64 p0 [degree] under stream 0 of the seed.")
      .def(
          "__init__",
          [](PublicKey* self, const Ntt& ntt, nb::bytes seed, Words p0) {
            new (self) PublicKey(ntt, seed_of(seed), span(p0));
          },
          "ntt"_a, "seed"_a, "p0"_a);

  module.def(
      "encrypt", &encrypt_all, "ntt"_a, "secret"_a, "messages"_a, "ring_bits"_a, "public_seed"_a, "noise_seed"_a,
      "first_stream"_a,
      "c0 of messages uint32 [n, <= degree], uint64 [n, degree]: row i is stream first_stream + i of both seeds.");
  module.def("expand", &expand_all, "ntt"_a, "public_seed"_a, "first_stream"_a, "count"_a,
             "The c1 that belong to them, uint64 [count, degree].");
  module.def("decrypt", &decrypt_all, "ntt"_a, "secret"_a, "c0"_a, "positions"_a, "c1"_a, "ring_bits"_a,
             "uint32 [n, w] at the positions [w] that c0 uint64 [n, w] is given for; c1 is overwritten.");
  module.def("add_zeros", &add_zeros, "ntt"_a, "key"_a, "seed"_a, "first_stream"_a, "c0"_a, "c1"_a,
             "Adds a fresh encryption of zero to every row of c0 [n, <= degree] and c1 [n, degree].");
  module.def("sample", &sample, "what"_a, "seed"_a, "stream"_a, "count"_a, "q"_a,
             "'uniform', 'ternary' or 'noise' residues, uint64 [count]. For tests.");
}

}  // namespace veilward::linear
