/// A gate among three servers (snni/multiparty/gate.py, carry.py) word by word: what is tabulated and multiplied by who
/// deals, what is read and chosen by an evaluator. Words are residues mod 2^32, of which callers keep the bits they
/// need; of what is a bit (below, flip, carries, and lam where it is no share) the lowest counts. Tables of kernels by
/// instruction set; `portable` is the reference. Time depends on lengths alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "aes/aes128.h"

namespace veilward::gate {

using Word = std::uint32_t;

/// Most bits of a table's index: a table is a word.
inline constexpr int max_index_bits = 5;

/// The bits [shift, shift + width) of a word.
struct Digit {
  int shift = 0, width = 1;
};

/// An evaluator's shares of what was dealt for n values; wraps are null where the gate does not extend.
struct Shares {
  const Word* lam;
  const Word* products[2];
  const Word* wraps[2];
};

/// What is public in a gate: half is added before the comparison, mod 2^window; first: whether the evaluator is.
struct Public {
  int window;
  Word half;
  bool first;
};

/// Pure functions on n values.
struct Kernels {
  /// For digits of c: bit i of the lower 2^width is [digit + i + carry >= 2^width] XOR flip, carry = below, or 0 where
  /// that is null; where not, the next 2^width bits are the same for 1 - below.
  void (*tables)(const Word* c, Digit digit, const Word* below, const Word* flip, Word* out, std::size_t n);
  /// The table's bit at the digit of s, with below, where it is not null, as the index's highest bit.
  void (*entries)(const Word* tables, const Word* s, Digit digit, const std::uint8_t* below, std::uint8_t* out,
                  std::size_t n);
  /// kept = lam A - mask and rest = (1 - lam) A - mask; A is c, or c - 2^window msb(c) where it extends.
  void (*products)(const Word* c, const Word* lam, const Word* mask, int window, bool extends, Word* kept, Word* rest,
                   std::size_t n);
  /// kept = lam B and rest = (1 - lam) B, B = msb(c) - 1.
  void (*wraps)(const Word* c, const Word* lam, int window, Word* kept, Word* rest, std::size_t n);
  /// The evaluator's share of the result: delta is the opened carry XOR msb_s, `values` what is multiplied where the
  /// gate does not extend; where it does it is what was compared. addend may be null.
  void (*chosen)(const Public& known, const Shares& shares, const Word* s, const Word* values,
                 const std::uint8_t* carries, const Word* addend, Word* out, std::size_t n);
};

/// One table for each instruction set of this build (aes/aes128.h). Throws std::invalid_argument: not of this CPU.
[[nodiscard]] const Kernels& gate_kernels(aes::Isa isa);
/// Of the one that runs.
[[nodiscard]] const Kernels& gate_kernels();

extern const Kernels portable_kernels;
extern const Kernels aesni_kernels;
extern const Kernels vaes256_kernels;
extern const Kernels vaes512_kernels;
extern const Kernels armv8_kernels;

}  // namespace veilward::gate
