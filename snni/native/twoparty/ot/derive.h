/// From random transfers to results: hashing by position, then the kernels of correlation.h. Serves every extension.
/// Security: correlation robustness of the hash (aes/mitccrh.h); the caller never gives one position twice.
#pragma once

#include <span>
#include <vector>

#include "aes/mitccrh.h"
#include "twoparty/ot/correlation.h"

namespace veilward::ot {

/// Where results go; the kind says which pointers are used (correlation.h), the others are null.
struct SenderOut {
  std::uint32_t* words = nullptr;   // leaf: n; wide: wide_words(bits) n; pads: n of p0; crossed: 10 n
  std::uint32_t* words1 = nullptr;  // pads: n of p1
  std::uint8_t* bytes0 = nullptr;   // bits2: n of m0
  std::uint8_t* bytes1 = nullptr;   // bits2: n of m1
  Block* q = nullptr;               // cot: n
};
struct ReceiverOut {
  std::uint8_t* rho = nullptr;     // all kinds: n
  std::uint8_t* bytes = nullptr;   // leaf, wide, bits2: n
  std::uint32_t* words = nullptr;  // pads: n; crossed: 4 n
  Block* t = nullptr;              // cot: n
};

/// The results that transfers and their hashes make, from the `at`-th on; a whole number of them.
void derive_sent(const Correlation& wanted, std::span<const Block> transfers, std::span<const Block> hash0,
                 std::span<const Block> hash1, std::size_t at, const SenderOut& out);
/// out.rho holds the choices of these results already.
void derive_received(const Correlation& wanted, std::span<const Block> transfers, std::span<const Block> hash,
                     std::size_t at, const ReceiverOut& out);

/// For an extension that hashes what it has made.
class Derivation {
 public:
  /// Transfers hashed at once: a whole number of results.
  static constexpr std::size_t unit = 960;
  static std::size_t unit_of(const Correlation& wanted) { return unit / wanted.transfers() * wanted.transfers(); }

  Derivation(const Derivation&) = delete;
  Derivation& operator=(const Derivation&) = delete;
  ~Derivation();

 protected:
  explicit Derivation(Block start);

  aes::Mitccrh hash_;
  std::vector<Block> hash0_, hash1_;
};

class SenderDerivation : public Derivation {
 public:
  /// start: public, unique to the session and direction.
  SenderDerivation(Block start, Block delta);
  ~SenderDerivation();

  /// transfers: q of whole results from position `first` on; the results go to out from the `at`-th on.
  void derive(const Correlation& wanted, std::uint64_t first, std::span<const Block> transfers, std::size_t at,
              const SenderOut& out);

 private:
  Block delta_;
};

class ReceiverDerivation : public Derivation {
 public:
  explicit ReceiverDerivation(Block start) : Derivation(start) {}

  /// transfers: t. out.rho holds the choices of these results already.
  void derive(const Correlation& wanted, std::uint64_t first, std::span<const Block> transfers, std::size_t at,
              const ReceiverOut& out);
};

}  // namespace veilward::ot
