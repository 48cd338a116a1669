#pragma once
// Negacyclic number-theoretic transform over Z_q[X]/(X^N + 1). P. Longa and M. Naehrig, eprint 2016/504, algorithms 1
// and 2, with Harvey's lazy butterflies. Natural order in, bit-reversed order out, the smallest primitive 2N-th root:
// the values SEAL computes.

#include <cstddef>
#include <span>
#include <vector>

#include "twoparty/linear/modulus.h"
#include "twoparty/linear/ntt_vector.h"

namespace veilward::linear {

/// Tables for one (N, q). Immutable, shared between threads.
class Ntt {
 public:
  /// degree: a power of two, 16 <= degree <= 65536; q: a prime below 2^54 with q = 1 mod 2 * degree.
  /// Throws std::invalid_argument.
  Ntt(std::size_t degree, u64 q);

  [[nodiscard]] std::size_t degree() const { return degree_; }
  [[nodiscard]] u64 modulus() const { return q_; }

  /// In place; every word in [0, q) in and out. values.size() == degree().
  void forward(std::span<u64> values) const;
  void inverse(std::span<u64> values) const;

  /// values[i] = values[i] * constants[i] mod q, with quotients floor(constant * 2^64 / q); both of size degree().
  void multiply(std::span<u64> values, std::span<const u64> constants, std::span<const u64> quotients) const;

  /// The reference, and the vector variant where has_vector(); both give the same words.
  void forward_scalar(std::span<u64> values) const;
  void inverse_scalar(std::span<u64> values) const;
  [[nodiscard]] bool has_vector() const { return vector_ != nullptr; }

 private:
  [[nodiscard]] VectorRing vector_ring(std::size_t first) const;

  std::size_t degree_;
  u64 q_;
  const VectorNtt* vector_;
  std::vector<Constant> roots_;          // psi^bitrev(i)
  std::vector<Constant> inverse_roots_;  // psi^-bitrev(i)
  Constant degree_inverse_;
  std::vector<u64> vector_words_;  // roots, quotients, inverse roots, inverse quotients
};

}  // namespace veilward::linear
