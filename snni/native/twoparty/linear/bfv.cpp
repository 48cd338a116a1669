#include "twoparty/linear/bfv.h"

#include <algorithm>
#include <stdexcept>

#include "twoparty/linear/isa.h"
#include "twoparty/linear/sample.h"

namespace veilward::linear {
namespace {

void wipe(std::vector<u64>& words) {
  if (!words.empty()) aes::wipe(words.data(), words.size() * sizeof(u64));
}

VEILWARD_BODY void add_words_body(u64* x, const u64* y, std::size_t n, u64 q) {
  for (std::size_t i = 0; i < n; ++i) {
    const u64 sum = x[i] + y[i];
    x[i] = sum - (sum >= q ? q : 0);
  }
}

/// floor(v t / q) is at most one above the estimate, and so the remainder below 2q < 2^55 is right modulo 2^64.
VEILWARD_BODY void round_words_body(const u64* v, std::size_t n, u64 q, int bits, u64 ratio, std::uint32_t* out) {
  const u64 half = q / 2;
  const std::uint32_t mask = (1u << bits) - 1;
  for (std::size_t i = 0; i < n; ++i) {
    const u64 estimate = mul_high(v[i], ratio);
    const u64 rest = (v[i] << bits) - estimate * q + half;
    out[i] = static_cast<std::uint32_t>(estimate + (rest >= q) + (rest >= 2 * q)) & mask;
  }
}

VEILWARD_DISPATCH(add_words, (u64 * x, const u64* y, std::size_t n, u64 q), (x, y, n, q))

}  // namespace

Factor::Factor(std::span<const u64> values, u64 q) : value_(values.begin(), values.end()), q_(q) {
  quotient_.reserve(values.size());
  for (const u64 v : values) quotient_.push_back(constant(v, q).quotient);
}

Factor::~Factor() {
  wipe(value_);
  wipe(quotient_);
}

void Factor::multiply(const Ntt& ntt, std::span<u64> values) const {
  if (value_.size() != ntt.degree() || q_ != ntt.modulus()) throw std::invalid_argument("a key of another ring");
  ntt.multiply(values, value_, quotient_);
}

SecretKey::SecretKey(const Ntt& ntt, std::span<const u64> coefficients)
    : coefficients_(coefficients.begin(), coefficients.end()) {
  if (coefficients.size() != ntt.degree()) throw std::invalid_argument("a secret has one coefficient per degree");
  for (const u64 c : coefficients)
    if (c > 1 && c != ntt.modulus() - 1) throw std::invalid_argument("a secret's coefficients are -1, 0 and 1");
  std::vector<u64> hat = coefficients_;
  ntt.forward(hat);
  factor_ = Factor(hat, ntt.modulus());
  wipe(hat);
}

SecretKey SecretKey::generate(const Ntt& ntt, Seed seed) {
  std::vector<u64> coefficients(ntt.degree());
  aes::Prg prg(seed);
  sample_ternary(prg, ntt.modulus(), coefficients);
  SecretKey key(ntt, coefficients);
  wipe(coefficients);
  return key;
}

SecretKey::~SecretKey() { wipe(coefficients_); }

void expand_uniform(const Ntt& ntt, Seed public_seed, u64 stream, std::span<u64> c1) {
  aes::Prg prg(public_seed, stream);
  sample_uniform(prg, ntt.modulus(), c1);
  ntt.inverse(c1);
}

void encrypt(const Ntt& ntt, const SecretKey& secret, std::span<const std::uint32_t> message, int ring_bits,
             Seed public_seed, Seed noise_seed, u64 stream, std::span<u64> c0) {
  const u64 q = ntt.modulus();
  aes::Prg uniform(public_seed, stream);
  sample_uniform(uniform, q, c0);
  secret.factor().multiply(ntt, c0);
  ntt.inverse(c0);
  std::vector<u64> noise(ntt.degree());
  aes::Prg prg(noise_seed, stream);
  sample_noise(prg, q, noise);
  const u64 half = u64{1} << (ring_bits - 1);
  for (std::size_t i = 0; i < c0.size(); ++i) {
    const u64 m = i < message.size() ? message[i] : 0;
    const u64 scaled = static_cast<u64>((static_cast<u128>(q) * m + half) >> ring_bits);  // at most q: m < t
    c0[i] = sub_mod(add_mod(noise[i], scaled, q), c0[i], q);
  }
  wipe(noise);
}

PublicKey::PublicKey(const Ntt& ntt, Seed public_seed, std::span<const u64> p0) {
  const u64 q = ntt.modulus();
  if (p0.size() != ntt.degree() || std::any_of(p0.begin(), p0.end(), [q](u64 c) { return c >= q; }))
    throw std::invalid_argument("a public key has one residue per degree");
  std::vector<u64> hat(p0.begin(), p0.end());
  ntt.forward(hat);
  p0_ = Factor(hat, q);
  aes::Prg prg(public_seed);
  sample_uniform(prg, q, hat);
  p1_ = Factor(hat, q);
}

void PublicKey::add_zero(const Ntt& ntt, Seed seed, u64 stream, std::span<u64> c0, std::span<u64> c1) const {
  const u64 q = ntt.modulus();
  const std::size_t n = ntt.degree();
  std::vector<u64> u(n), product(n), noise(n);
  aes::Prg prg(seed, stream);
  sample_ternary(prg, q, u);
  ntt.forward(u);
  const auto half = [&](const Factor& key, std::span<u64> out) {
    product = u;
    key.multiply(ntt, product);
    ntt.inverse(product);
    sample_noise(prg, q, noise);
    add_words(out.data(), product.data(), out.size(), q);
    add_words(out.data(), noise.data(), out.size(), q);
  };
  half(p0_, c0);
  half(p1_, c1);
  wipe(u);
  wipe(product);
  wipe(noise);
}

void round_to_ring(std::span<const u64> v, u64 q, int ring_bits, std::span<std::uint32_t> out) {
  const u64 ratio = static_cast<u64>((static_cast<u128>(1) << (64 + ring_bits)) / q);
  round_words_body(v.data(), v.size(), q, ring_bits, ratio, out.data());
}

void decrypt(const Ntt& ntt, const SecretKey& secret, std::span<const u64> c0, std::span<const std::int32_t> positions,
             std::span<u64> c1, int ring_bits, std::span<std::uint32_t> messages) {
  const u64 q = ntt.modulus();
  ntt.forward(c1);
  secret.factor().multiply(ntt, c1);
  ntt.inverse(c1);
  std::vector<u64> phase(c0.size());
  for (std::size_t i = 0; i < c0.size(); ++i) phase[i] = add_mod(c0[i], c1[static_cast<std::size_t>(positions[i])], q);
  round_to_ring(phase, q, ring_bits, messages);
  wipe(phase);
}

}  // namespace veilward::linear
