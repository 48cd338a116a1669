#pragma once
// The three distributions of BFV, from AES-CTR. Noise and ternary are SEAL's: centred binomial of 21 + 21 coins
// (standard deviation 3.24, |noise| <= 21) and uniform {-1, 0, 1}. Residues modulo q, -1 as q - 1.

#include <span>

#include "aes/prg.h"
#include "twoparty/linear/modulus.h"

namespace veilward::linear {

constexpr int kNoiseBound = 21;

/// Exactly uniform in [0, q): masked to q's bits, rejected and drawn anew where >= q.
void sample_uniform(aes::Prg& prg, u64 q, std::span<u64> out);
void sample_ternary(aes::Prg& prg, u64 q, std::span<u64> out);
void sample_noise(aes::Prg& prg, u64 q, std::span<u64> out);

}  // namespace veilward::linear
