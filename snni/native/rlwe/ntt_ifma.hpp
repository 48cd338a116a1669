#pragma once
// The transform of ntt.hpp with AVX-512 IFMA: eight residues a register, 52-bit products. Same words as the reference.

#include <cstddef>

#include "modulus.hpp"

namespace veilward::rlwe {

/// Lazy residues below 4q must fit 52 bits.
constexpr int kIfmaModulusBits = 50;

bool ifma_supported();

/// n >= 16; roots and quotients (floor(root * 2^52 / q)) in bit-reversed order as in ntt.hpp, n words each.
void ifma_forward(u64* values, std::size_t n, u64 q, const u64* roots, const u64* quotients);
void ifma_inverse(u64* values, std::size_t n, u64 q, const u64* roots, const u64* quotients, u64 degree_inverse,
                  u64 degree_inverse_quotient);

}  // namespace veilward::rlwe
