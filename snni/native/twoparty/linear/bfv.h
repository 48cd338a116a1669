#pragma once
// BFV with plain coefficients over one prime and no special prime. J. Fan and F. Vercauteren, eprint 2012/144.
//   phase: c0 + c1 s = round(q m / t) + noise mod q, t = 2^ring_bits, s ternary.
// Semi-honest. Every seed serves once: a ciphertext's randomness is a stream of its own under it.

#include <cstdint>
#include <span>
#include <vector>

#include "aes/prg.h"
#include "twoparty/linear/ntt.h"

namespace veilward::linear {

using Seed = std::span<const std::uint8_t, 16>;

/// A polynomial in NTT form, ready to be multiplied by. Wiped at its end.
class Factor {
 public:
  Factor() = default;
  /// values: size N, in NTT form, each below q.
  Factor(std::span<const u64> values, u64 q);
  ~Factor();
  Factor(Factor&&) = default;
  Factor& operator=(Factor&&) = default;
  Factor(const Factor&) = delete;
  Factor& operator=(const Factor&) = delete;
  /// values[i] = values[i] * this[i] mod q. Throws std::invalid_argument: of another degree or modulus than ntt.
  void multiply(const Ntt& ntt, std::span<u64> values) const;

 private:
  std::vector<u64> value_, quotient_;
  u64 q_ = 0;
};

/// The client's secret. Neither printable nor comparable nor picklable; only tests reveal it.
class SecretKey {
 public:
  /// coefficients: size N, each in {0, 1, q - 1}. Throws std::invalid_argument.
  SecretKey(const Ntt& ntt, std::span<const u64> coefficients);
  static SecretKey generate(const Ntt& ntt, Seed seed);
  ~SecretKey();
  SecretKey(SecretKey&&) = default;
  SecretKey& operator=(SecretKey&&) = default;

  [[nodiscard]] const Factor& factor() const { return factor_; }
  [[nodiscard]] std::span<const u64> reveal() const { return coefficients_; }

 private:
  std::vector<u64> coefficients_;
  Factor factor_;
};

/// c1 of symmetric ciphertext `stream`: uniform in NTT form from the public seed; coefficients out.
void expand_uniform(const Ntt& ntt, Seed public_seed, u64 stream, std::span<u64> c1);

/// c0 of symmetric ciphertext `stream`. message: at most N values below 2^ring_bits, zeros after; c0: N words.
void encrypt(const Ntt& ntt, const SecretKey& secret, std::span<const std::uint32_t> message, int ring_bits,
             Seed public_seed, Seed noise_seed, u64 stream, std::span<u64> c0);

/// Both halves of a public encryption of zero's key, in NTT form.
class PublicKey {
 public:
  /// p0: N words below q, the c0 of an encryption of zero under stream 0 of public_seed.
  PublicKey(const Ntt& ntt, Seed public_seed, std::span<const u64> p0);
  /// Adds a fresh encryption of zero: c0[i] += for i < c0.size() <= N, c1 whole.
  void add_zero(const Ntt& ntt, Seed seed, u64 stream, std::span<u64> c0, std::span<u64> c1) const;

 private:
  Factor p0_, p1_;
};

/// round(v * 2^ring_bits / q) mod 2^ring_bits, each v below q, 1 <= ring_bits <= 26.
void round_to_ring(std::span<const u64> v, u64 q, int ring_bits, std::span<std::uint32_t> out);

/// messages[i] = round((c0[i] + (c1 s)[positions[i]]) t / q) mod t. c1: N words; c1 is overwritten.
void decrypt(const Ntt& ntt, const SecretKey& secret, std::span<const u64> c0, std::span<const std::int32_t> positions,
             std::span<u64> c1, int ring_bits, std::span<std::uint32_t> messages);

}  // namespace veilward::linear
