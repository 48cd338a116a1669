/// Single-point correlated transfers: correlated GGM trees.
/// Guo, Yang, Wang, Zhang, Xie, Liu, Zhao, "Half-Tree: Halving the Cost of Tree Expansion in COT and DPF", EUROCRYPT
/// 2023, eprint 2022/1431, section 4.1, figures 3 and 4: a node s has the children H(s) and s xor H(s), the root is
/// Delta, so that every level sums to Delta and one block a level tells the receiver its sibling.
///   [v at sender; alpha, w at receiver, w = v xor e_alpha Delta] <- Tree(depth COTs),  alpha = NOT b.
/// Paper -> code: n -> depth, K[r_i] -> q, M[r_i] -> t, c_i -> corrections, alpha_i -> bit i of alpha, H ->
/// Kernels::grow, the hash of eprint 2019/074, section 7.3: pi(sigma(x)) xor sigma(x), circular correlation robust, pi
/// under a key of the caller's for each tree. Differs: alpha is the complement of the transfers' random choices, so the
/// receiver sends nothing; the two nodes of level 1 are q_0 and q_0 xor Delta themselves and need no correction; the
/// child of node i on side b is i + b 2^level. Security model: semi-honest; ferret.h checks the trees of a malicious
/// sender; a receiver sends nothing; each transfer serves one tree. Growing the punctured tree indexes memory by alpha:
/// one who watches this process's caches is outside the model. Cost: depth - 1 blocks, one AES a leaf.
#pragma once

#include <span>

#include "twoparty/ot/kernels.h"

namespace veilward::ot {

/// q: depth blocks, bit 0 clear; delta: bit 0 set. Writes 2^depth leaves and depth - 1 corrections (16 bytes each).
void grow_correlated_tree(const aes::RoundKeys& key, Block delta, std::span<const Block> q, std::span<Block> leaves,
                          std::span<std::uint8_t> corrections);

/// t: depth blocks, bit 0 the choice. Writes the leaves w and returns alpha; w sums to zero.
[[nodiscard]] std::size_t grow_punctured_tree(const aes::RoundKeys& key, std::span<const Block> t,
                                              std::span<const std::uint8_t> corrections, std::span<Block> leaves);

}  // namespace veilward::ot
