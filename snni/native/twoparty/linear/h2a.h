#pragma once
// From a homomorphic result to additive shares (snni/DESIGN.md, section 3): the server subtracts a uniform value modulo
// q from every coefficient it sends and keeps its rounding as its share; then low bits are dropped.

#include <cstdint>
#include <span>

#include "twoparty/linear/bfv.h"

namespace veilward::linear {

/// values.size() uniform residues: run r of lengths[r] words is stream first_stream + r. Sum of lengths ==
/// values.size().
void expand_masks(Seed seed, u64 first_stream, std::span<const std::int64_t> lengths, u64 q, std::span<u64> values);

/// out[i] = (c0[positions[i]] - masks[i] mod q) >> drop.
void mask_and_drop(std::span<const u64> c0, std::span<const std::int32_t> positions, std::span<const u64> masks, u64 q,
                   int drop, std::span<u64> out);

/// The middle of the values that drop to this one: (value << drop) + 2^(drop - 1) mod q; value itself for drop 0.
void lift(std::span<u64> values, int drop, u64 q);

}  // namespace veilward::linear
