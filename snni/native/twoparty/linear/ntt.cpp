#include "twoparty/linear/ntt.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "twoparty/linear/isa.h"

namespace veilward::linear {
namespace {

/// The best for q that the instruction set in use allows, or null.
const VectorNtt* vector_ntt([[maybe_unused]] u64 q) {
#if defined(__x86_64__)
  if (best_isa() >= Isa::avx512ifma && q >> 50 == 0) return &words52_ntt();
  if (best_isa() >= Isa::avx512) return &words64_ntt();
#endif
  return nullptr;
}

bool is_prime(u64 n) {  // Miller-Rabin with the twelve bases that are exact below 2^64
  if (n < 2) return false;
  for (const u64 a : {2u, 3u, 5u, 7u, 11u, 13u, 17u, 19u, 23u, 29u, 31u, 37u}) {
    if (n % a == 0) return n == a;
    const int twos = std::countr_zero(n - 1);
    u64 x = pow_mod(a, (n - 1) >> twos, n);
    bool witness = x != 1 && x != n - 1;
    for (int i = 1; i < twos && witness; ++i) {
      x = mul_mod(x, x, n);
      witness = x != n - 1;
    }
    if (witness) return false;
  }
  return true;
}

u64 smallest_root(std::size_t degree, u64 q) {
  u64 root = 0;
  for (u64 g = 2; root == 0; ++g) {
    const u64 candidate = pow_mod(g, (q - 1) / (2 * degree), q);
    if (pow_mod(candidate, degree, q) == q - 1) root = candidate;
  }
  const u64 square = mul_mod(root, root, q);
  u64 smallest = root;
  for (std::size_t i = 1; i < degree; ++i) {
    root = mul_mod(root, square, q);
    smallest = std::min(smallest, root);
  }
  return smallest;
}

std::size_t reverse_bits(std::size_t value, int bits) {
  std::size_t out = 0;
  for (int i = 0; i < bits; ++i) out |= ((value >> i) & 1) << (bits - 1 - i);
  return out;
}

std::vector<Constant> powers(u64 root, std::size_t degree, u64 q) {
  std::vector<Constant> table(degree);
  const int bits = std::countr_zero(degree);
  u64 power = 1;
  for (std::size_t i = 0; i < degree; ++i, power = mul_mod(power, root, q))
    table[reverse_bits(i, bits)] = constant(power, q);
  return table;
}

}  // namespace

Ntt::Ntt(std::size_t degree, u64 q) : degree_(degree), q_(q), vector_(vector_ntt(q)) {
  if (!std::has_single_bit(degree) || degree < 16 || degree > 65536)
    throw std::invalid_argument("degree is not a power of two in 16..65536");
  if (q >> kMaxModulusBits != 0 || q % (2 * degree) != 1 || !is_prime(q))
    throw std::invalid_argument("modulus is not a prime below 2^54 that is 1 modulo 2 * degree");
  const u64 root = smallest_root(degree, q);
  roots_ = powers(root, degree, q);
  inverse_roots_ = powers(inverse_mod(root, q), degree, q);
  degree_inverse_ = constant(inverse_mod(degree, q), q);
  if (vector_ == nullptr) return;
  for (const auto* table : {&roots_, &inverse_roots_}) {
    for (const Constant& c : *table) vector_words_.push_back(c.value);
    for (const Constant& c : *table) vector_words_.push_back(c.quotient >> vector_->quotient_shift);
  }
}

VectorRing Ntt::vector_ring(std::size_t first) const {
  const u64* const roots = vector_words_.data() + first * degree_;
  return {degree_, q_, roots, roots + degree_};
}

void Ntt::forward(std::span<u64> values) const {
  if (vector_ == nullptr) return forward_scalar(values);
  vector_->forward(vector_ring(0), values.data());
}

void Ntt::inverse(std::span<u64> values) const {
  if (vector_ == nullptr) return inverse_scalar(values);
  const Constant scale{degree_inverse_.value, degree_inverse_.quotient >> vector_->quotient_shift};
  vector_->inverse(vector_ring(2), scale, values.data());
}

void Ntt::multiply(std::span<u64> values, std::span<const u64> constants, std::span<const u64> quotients) const {
  if (vector_ != nullptr) return vector_->multiply(values.data(), constants.data(), quotients.data(), degree_, q_);
  for (std::size_t i = 0; i < degree_; ++i) values[i] = mul_constant(values[i], {constants[i], quotients[i]}, q_);
}

void Ntt::forward_scalar(std::span<u64> values) const {
  u64* const a = values.data();
  const u64 q = q_, two_q = 2 * q_;
  for (std::size_t m = 1, t = degree_ / 2; m < degree_; m *= 2, t /= 2) {
    for (std::size_t i = 0; i < m; ++i) {
      const Constant w = roots_[m + i];
      u64* const x = a + 2 * i * t;
      u64* const y = x + t;
      for (std::size_t j = 0; j < t; ++j) {  // words stay in [0, 4q)
        const u64 u = x[j] - (x[j] >= two_q ? two_q : 0);
        const u64 v = mul_lazy(y[j], w, q);
        x[j] = u + v;
        y[j] = u + two_q - v;
      }
    }
  }
  for (std::size_t j = 0; j < degree_; ++j) {
    u64 v = a[j] - (a[j] >= two_q ? two_q : 0);
    a[j] = v - (v >= q ? q : 0);
  }
}

void Ntt::inverse_scalar(std::span<u64> values) const {
  u64* const a = values.data();
  const u64 q = q_, two_q = 2 * q_;
  for (std::size_t m = degree_ / 2, t = 1; m >= 1; m /= 2, t *= 2) {
    for (std::size_t i = 0; i < m; ++i) {
      const Constant w = inverse_roots_[m + i];
      u64* const x = a + 2 * i * t;
      u64* const y = x + t;
      for (std::size_t j = 0; j < t; ++j) {  // words stay in [0, 2q)
        const u64 u = x[j], v = y[j], sum = u + v;
        x[j] = sum - (sum >= two_q ? two_q : 0);
        y[j] = mul_lazy(u + two_q - v, w, q);
      }
    }
  }
  for (std::size_t j = 0; j < degree_; ++j) a[j] = mul_constant(a[j], degree_inverse_, q);
}

}  // namespace veilward::linear
