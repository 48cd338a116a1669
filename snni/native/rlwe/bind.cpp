// Binding of the RLWE kernels as snni.twoparty._linear. Shapes and ranges are checked here; results are arrays Python
// owns. Past 400 lines because one module binds every kernel of the linear phase, a few lines of checks each.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bfv.hpp"
#include "bind/strict_array.h"
#include "bits.hpp"
#include "h2a.hpp"
#include "isa.hpp"
#include "product.hpp"
#include "sample.hpp"

namespace nb = nanobind;
using namespace veilward::rlwe;

namespace {

template <typename T, int Dims>
using In = veilward::bind::Strict<nb::ndarray<const T, nb::ndim<Dims>, nb::c_contig, nb::device::cpu>>;
template <typename T, int Dims>
using Edit = veilward::bind::Strict<nb::ndarray<T, nb::ndim<Dims>, nb::c_contig, nb::device::cpu>>;
template <typename T, int Dims>
using Out = nb::ndarray<nb::numpy, T, nb::ndim<Dims>>;

void need(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

/// Sizes come from the caller; a product that wraps would allocate less than is written.
std::size_t times(std::size_t a, std::size_t b) {
  std::size_t product = 0;
  need(!__builtin_mul_overflow(a, b, &product), "size out of range");
  return product;
}

template <typename A>
auto span(const A& array) {
  return std::span(array.data(), array.size());
}

/// An array and its memory. The memory is filled without the GIL; view() hands it over, with the GIL.
template <typename T>
class Owned {
 public:
  explicit Owned(std::size_t n) : data_(std::make_unique_for_overwrite<T[]>(n)), size_(n) {}
  [[nodiscard]] std::span<T> span() { return {data_.get(), size_}; }
  template <typename... Sizes>
  Out<T, sizeof...(Sizes)> view(Sizes... sizes) {
    T* const data = data_.get();
    nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
    static_cast<void>(data_.release());
    return Out<T, sizeof...(Sizes)>(data, {static_cast<std::size_t>(sizes)...}, owner);
  }

 private:
  std::unique_ptr<T[]> data_;
  std::size_t size_;
};

Seed seed_of(const nb::bytes& seed) {
  need(seed.size() == 16, "a seed has 16 bytes");
  return Seed(reinterpret_cast<const std::uint8_t*>(seed.c_str()), 16);
}

void need_below(std::span<const u64> values, u64 limit, const char* what) {
  for (const u64 v : values) need(v < limit, what);
}

void need_ring(int bits) { need(bits >= 1 && bits <= 26, "ring bits outside 1..26"); }

void need_digits(u64 q, int digit_bits) {
  need(digit_bits >= 16 && digit_bits <= kMaxDigitBits && q >> (2 * digit_bits - 1) == 1,
       "the modulus has not twice as many bits as a digit");
}

void need_positions(std::span<const std::int32_t> positions, std::size_t limit) {
  for (const std::int32_t p : positions) need(p >= 0 && static_cast<std::size_t>(p) < limit, "position out of range");
}

const TileSet& tiles_named(const std::string& name) {
  if (name == "best") return best_tiles();
  if (name == "portable") return portable_tiles();
#if defined(__x86_64__)
  if (name == "avx2" && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2_tiles();
  if (name == "avx512" && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
    return avx512_tiles();
#endif
  throw std::invalid_argument("this machine has no such kernel");
}

Matrix matrix_of(const In<std::int8_t, 2>& weights, const In<std::int64_t, 2>& offsets, std::size_t columns,
                 std::size_t readable) {
  const Matrix m{span(weights), span(offsets), weights.shape(0), weights.shape(1), offsets.shape(0)};
  need(columns <= readable, "more columns than operands");
  need(m.groups > 0 && m.outputs > 0 && m.outputs % m.groups == 0, "outputs are not divisible by groups");
  need(offsets.shape(1) == m.terms && m.terms > 0 && m.terms <= kMaxTerms, "terms differ or are out of range");
  for (const std::int64_t o : m.offsets)
    need(o >= 0 && static_cast<std::size_t>(o) + align_columns(columns) <= readable, "offset out of range");
  return m;
}

using Words = In<u64, 1>;
using Rows = In<u64, 2>;

Out<u64, 1> transform(const Ntt& ntt, const Words& values, void (Ntt::*run)(std::span<u64>) const) {
  need(values.size() == ntt.degree(), "a polynomial has degree words");
  need_below(span(values), ntt.modulus(), "a residue is not below the modulus");
  Owned<u64> out(values.size());
  std::copy_n(values.data(), values.size(), out.span().data());
  (ntt.*run)(out.span());
  return out.view(values.size());
}

Out<u64, 2> encrypt_all(const Ntt& ntt, const SecretKey& secret, const In<std::uint32_t, 2>& messages, int ring_bits,
                        const nb::bytes& public_seed, const nb::bytes& noise_seed, u64 first_stream) {
  need_ring(ring_bits);
  const std::size_t count = messages.shape(0), width = messages.shape(1), n = ntt.degree();
  need(width <= n, "a message is longer than the degree");
  for (const std::uint32_t m : span(messages)) need(m >> ring_bits == 0, "a message is outside its ring");
  const Seed open = seed_of(public_seed), hidden = seed_of(noise_seed);
  Owned<u64> c0(times(count, n));
  {
    nb::gil_scoped_release free;
    for (std::size_t i = 0; i < count; ++i)
      encrypt(ntt, secret, span(messages).subspan(i * width, width), ring_bits, open, hidden, first_stream + i,
              c0.span().subspan(i * n, n));
  }
  return c0.view(count, n);
}

Out<u64, 2> expand_all(const Ntt& ntt, const nb::bytes& public_seed, u64 first_stream, std::size_t count) {
  const std::size_t n = ntt.degree();
  const Seed seed = seed_of(public_seed);
  Owned<u64> c1(times(count, n));
  {
    nb::gil_scoped_release free;
    for (std::size_t i = 0; i < count; ++i) expand_uniform(ntt, seed, first_stream + i, c1.span().subspan(i * n, n));
  }
  return c1.view(count, n);
}

/// c1 is overwritten.
Out<std::uint32_t, 2> decrypt_all(const Ntt& ntt, const SecretKey& secret, const Rows& c0,
                                  const In<std::int32_t, 1>& positions, const Edit<u64, 2>& c1, int ring_bits) {
  need_ring(ring_bits);
  const std::size_t count = c0.shape(0), width = c0.shape(1), n = ntt.degree();
  need(c1.shape(0) == count && c1.shape(1) == n && positions.size() == width, "ciphertext shapes differ");
  need_positions(span(positions), n);
  need_below(span(c0), ntt.modulus(), "a residue is not below the modulus");
  need_below(span(c1), ntt.modulus(), "a residue is not below the modulus");
  Owned<std::uint32_t> out(count * width);
  {
    nb::gil_scoped_release free;
    for (std::size_t i = 0; i < count; ++i)
      decrypt(ntt, secret, span(c0).subspan(i * width, width), span(positions), span(c1).subspan(i * n, n), ring_bits,
              out.span().subspan(i * width, width));
  }
  return out.view(count, width);
}

void add_zeros(const Ntt& ntt, const PublicKey& key, const nb::bytes& seed, u64 first_stream, const Edit<u64, 2>& c0,
               const Edit<u64, 2>& c1) {
  const std::size_t count = c0.shape(0), width = c0.shape(1), n = ntt.degree();
  need(c1.shape(0) == count && c1.shape(1) == n && width <= n, "ciphertext shapes differ");
  const Seed secret = seed_of(seed);
  nb::gil_scoped_release free;
  for (std::size_t i = 0; i < count; ++i)
    key.add_zero(ntt, secret, first_stream + i, span(c0).subspan(i * width, width), span(c1).subspan(i * n, n));
}

Out<u64, 2> masks(const nb::bytes& seed, u64 first_stream, const In<std::int64_t, 1>& lengths, std::size_t count,
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
    for (std::size_t i = 0; i < count; ++i)
      expand_masks(secret, first_stream + i * lengths.size(), span(lengths), q, out.span().subspan(i * width, width));
  }
  return out.view(count, width);
}

/// Stream `stream` under a seed as words, each uniform in [0, 2^bits).
Out<std::uint32_t, 1> ring_words(const nb::bytes& seed, u64 stream, std::size_t count, int bits) {
  const Seed secret = seed_of(seed);
  need(bits >= 1 && bits <= 32, "bits outside 1..32");
  need(count <= std::size_t{1} << 32, "count out of range");
  Owned<std::uint32_t> out(count);
  {
    nb::gil_scoped_release free;
    const std::span<std::uint32_t> words = out.span();
    veilward::aes::Prg prg(secret, stream);
    prg.fill({reinterpret_cast<std::uint8_t*>(words.data()), words.size_bytes()});
    const std::uint32_t mask = ~std::uint32_t{0} >> (32 - bits);
    for (std::uint32_t& word : words) word &= mask;
  }
  return out.view(count);
}

Out<std::uint32_t, 2> round_all(const Rows& values, u64 q, int ring_bits) {
  need_ring(ring_bits);
  need(q >> 30 != 0 && q >> kMaxModulusBits == 0, "modulus out of range");
  need_below(span(values), q, "a residue is not below the modulus");
  Owned<std::uint32_t> out(values.size());
  {
    nb::gil_scoped_release free;
    round_to_ring(span(values), q, ring_bits, out.span());
  }
  return out.view(values.shape(0), values.shape(1));
}

Out<u64, 2> mask_all(const Rows& c0, const In<std::int32_t, 1>& positions, const Rows& masks, u64 q, int drop) {
  const std::size_t count = c0.shape(0), width = positions.size();
  need(masks.shape(0) == count && masks.shape(1) == width, "mask shapes differ");
  need(drop >= 0 && drop < kMaxModulusBits, "drop out of range");
  need_positions(span(positions), c0.shape(1));
  Owned<u64> out(count * width);
  {
    nb::gil_scoped_release free;
    for (std::size_t i = 0; i < count; ++i)
      mask_and_drop(span(c0).subspan(i * c0.shape(1), c0.shape(1)), span(positions),
                    span(masks).subspan(i * width, width), q, drop, out.span().subspan(i * width, width));
  }
  return out.view(count, width);
}

/// Each row of values, shifted right by drop and packed, starts on a byte.
Out<std::uint8_t, 2> pack_rows(const Rows& values, int bits, int drop) {
  need(bits >= 1 && bits <= 56 && drop >= 0 && drop < 64, "bits outside 1..56");
  const std::size_t count = values.shape(0), width = values.shape(1), bytes = packed_bytes(width, bits);
  Owned<std::uint8_t> out(count * bytes);
  bool fits = true;
  {
    nb::gil_scoped_release free;
    for (std::size_t i = 0; i < count; ++i)
      fits &= pack_bits(span(values).subspan(i * width, width), drop, bits, out.span().subspan(i * bytes, bytes));
  }
  need(fits, "a value does not fit its bits");
  return out.view(count, bytes);
}

/// The rows of pack_rows; None where one is not below limit or padding is not zero. With drop > 0 they are lifted mod
/// q.
nb::object unpack_rows(const In<std::uint8_t, 2>& packed, std::size_t width, int bits, u64 limit, int drop, u64 q) {
  need(bits >= 1 && bits <= 56 && drop >= 0 && drop < 64, "bits outside 1..56");
  need(width <= times(packed.shape(1), 8) && packed.shape(1) == packed_bytes(width, bits),
       "packed row has the wrong length");
  const std::size_t count = packed.shape(0), bytes = packed.shape(1);
  Owned<u64> out(count * width);
  bool valid = true;
  {
    nb::gil_scoped_release free;
    for (std::size_t i = 0; i < count && valid; ++i) {
      const std::span<u64> row = out.span().subspan(i * width, width);
      valid = unpack_bits(span(packed).subspan(i * bytes, bytes), bits, limit, row);
      if (valid) lift(row, drop, q);
    }
  }
  if (!valid) return nb::none();
  return nb::cast(out.view(count, width));
}

Out<double, 3> digits(const Rows& values, u64 q, int digit_bits, std::size_t extension, std::size_t stride) {
  need_digits(q, digit_bits);
  const std::size_t count = values.shape(0), n = values.shape(1);
  need(n > 0 && extension <= n && stride >= n + extension, "extension out of range");
  need_below(span(values), q, "a residue is not below the modulus");
  Owned<double> out(times(2 * count, stride));
  {
    nb::gil_scoped_release free;
    signed_digits(span(values), n, q, digit_bits, extension, stride, out.span().data(),
                  out.span().data() + count * stride);
  }
  return out.view(std::size_t{2}, count, stride);
}

Out<u64, 2> convolve(const In<double, 3>& operands, const In<std::int64_t, 2>& offsets,
                     const In<std::int8_t, 2>& weights, std::size_t columns, u64 q, int digit_bits,
                     const std::string& kernel) {
  need(operands.shape(0) == 2, "ciphertexts have two digits");
  need_digits(q, digit_bits);
  const std::size_t readable = operands.shape(1) * operands.shape(2);
  const Matrix matrix = matrix_of(weights, offsets, columns, readable);
  const TileSet& tiles = tiles_named(kernel);
  Owned<u64> out(times(matrix.outputs, columns));
  {
    nb::gil_scoped_release free;
    const double* const both[2] = {operands.data(), operands.data() + readable};
    product_mod(matrix, both, digit_bits, q, columns, out.span().data(), tiles);
  }
  return out.view(matrix.outputs, columns);
}

Out<std::uint32_t, 2> convolve_ring(const In<double, 2>& operands, const In<std::int64_t, 2>& offsets,
                                    const In<std::int8_t, 2>& weights, std::size_t columns, int ring_bits,
                                    const std::string& kernel) {
  need_ring(ring_bits);
  const Matrix matrix = matrix_of(weights, offsets, columns, operands.size());
  const TileSet& tiles = tiles_named(kernel);
  Owned<std::uint32_t> out(times(matrix.outputs, columns));
  {
    nb::gil_scoped_release free;
    product_ring(matrix, operands.data(), ring_bits, columns, out.span().data(), tiles);
  }
  return out.view(matrix.outputs, columns);
}

Out<u64, 1> sample(const std::string& what, const nb::bytes& seed, u64 stream, std::size_t count, u64 q) {
  need(q > 1 && q >> kMaxModulusBits == 0, "modulus out of range");
  veilward::aes::Prg prg(seed_of(seed), stream);
  Owned<u64> out(count);
  if (what == "uniform")
    sample_uniform(prg, q, out.span());
  else if (what == "ternary")
    sample_ternary(prg, q, out.span());
  else if (what == "noise")
    sample_noise(prg, q, out.span());
  else
    throw std::invalid_argument("no such distribution");
  return out.view(count);
}

std::vector<std::string> isas() {
  std::vector<std::string> out;
  for (const Isa isa : all_isas)
    if (supported(isa)) out.emplace_back(name(isa));
  return out;
}

void use_isas(const std::string& kernels, const std::string& ciphers) {
  for (const Isa isa : all_isas) {
    if (kernels != name(isa)) continue;
    veilward::aes::use_isa(veilward::aes::isa_named(ciphers));
    return use_isa(isa);
  }
  throw std::invalid_argument("no such instruction set");
}

void refuse_pickle(nb::handle) { throw nb::type_error("a secret key is never pickled"); }

}  // namespace

NB_MODULE(_linear, m) {
  m.doc() = "Kernels of the homomorphic linear layers.";
  nb::set_leak_warnings(false);  // rings and keys held by Python's modules live until the process ends

  nb::class_<Ntt>(m, "Ntt")
      .def(nb::init<std::size_t, u64>(), nb::arg("degree"), nb::arg("modulus"))
      .def_prop_ro("degree", &Ntt::degree)
      .def_prop_ro("modulus", &Ntt::modulus)
      .def_prop_ro("has_vector", &Ntt::has_vector)
      .def("forward", [](const Ntt& t, Words v) { return transform(t, v, &Ntt::forward); })
      .def("inverse", [](const Ntt& t, Words v) { return transform(t, v, &Ntt::inverse); })
      .def("forward_scalar", [](const Ntt& t, Words v) { return transform(t, v, &Ntt::forward_scalar); })
      .def("inverse_scalar", [](const Ntt& t, Words v) { return transform(t, v, &Ntt::inverse_scalar); });

  nb::class_<SecretKey>(m, "SecretKey")
      .def_static("generate", [](const Ntt& ntt, nb::bytes seed) { return SecretKey::generate(ntt, seed_of(seed)); })
      .def_static("from_coefficients", [](const Ntt& ntt, Words c) { return SecretKey(ntt, span(c)); })
      .def("reveal",
           [](const SecretKey& key) {
             Owned<u64> out(key.reveal().size());
             std::copy(key.reveal().begin(), key.reveal().end(), out.span().begin());
             return out.view(key.reveal().size());
           })
      .def("__reduce__", &refuse_pickle)
      .def("__getstate__", &refuse_pickle)
      .def("__repr__", [](const SecretKey&) { return "<SecretKey>"; });

  nb::class_<PublicKey>(m, "PublicKey").def("__init__", [](PublicKey* self, const Ntt& ntt, nb::bytes seed, Words p0) {
    new (self) PublicKey(ntt, seed_of(seed), span(p0));
  });

  m.def("isas", &isas);
  m.def("use_isa", &use_isas, nb::arg("kernels"), nb::arg("ciphers"));
  m.def("encrypt", &encrypt_all, nb::arg("ntt"), nb::arg("secret"), nb::arg("messages"), nb::arg("ring_bits"),
        nb::arg("public_seed"), nb::arg("noise_seed"), nb::arg("first_stream"));
  m.def("expand", &expand_all, nb::arg("ntt"), nb::arg("public_seed"), nb::arg("first_stream"), nb::arg("count"));
  m.def("decrypt", &decrypt_all, nb::arg("ntt"), nb::arg("secret"), nb::arg("c0"), nb::arg("positions"), nb::arg("c1"),
        nb::arg("ring_bits"));
  m.def("add_zeros", &add_zeros, nb::arg("ntt"), nb::arg("key"), nb::arg("seed"), nb::arg("first_stream"),
        nb::arg("c0"), nb::arg("c1"));
  m.def("masks", &masks, nb::arg("seed"), nb::arg("first_stream"), nb::arg("lengths"), nb::arg("count"), nb::arg("q"));
  m.def("ring_words", &ring_words, nb::arg("seed"), nb::arg("stream"), nb::arg("count"), nb::arg("bits"));
  m.def("round_to_ring", &round_all, nb::arg("values"), nb::arg("q"), nb::arg("ring_bits"));
  m.def("mask_and_drop", &mask_all, nb::arg("c0"), nb::arg("positions"), nb::arg("masks"), nb::arg("q"),
        nb::arg("drop"));
  m.def("pack_rows", &pack_rows, nb::arg("values"), nb::arg("bits"), nb::arg("drop") = 0);
  m.def("unpack_rows", &unpack_rows, nb::arg("packed"), nb::arg("width"), nb::arg("bits"), nb::arg("limit"),
        nb::arg("drop") = 0, nb::arg("q") = 0);
  m.def("digits", &digits, nb::arg("values"), nb::arg("q"), nb::arg("digit_bits"), nb::arg("extension"),
        nb::arg("stride"));
  m.def("convolve", &convolve, nb::arg("operands"), nb::arg("offsets"), nb::arg("weights"), nb::arg("columns"),
        nb::arg("q"), nb::arg("digit_bits"), nb::arg("kernel") = "best");
  m.def("convolve_ring", &convolve_ring, nb::arg("operands"), nb::arg("offsets"), nb::arg("weights"),
        nb::arg("columns"), nb::arg("ring_bits"), nb::arg("kernel") = "best");
  m.def("sample", &sample, nb::arg("what"), nb::arg("seed"), nb::arg("stream"), nb::arg("count"), nb::arg("q"));
}
