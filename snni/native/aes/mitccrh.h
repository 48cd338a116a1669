/// Tweakable correlation-robust hash with per-tweak keys: MITCCRH.
/// Guo, Katz, Wang, Weng, Yu, "Better Concrete Security for Half-Gates Garbling (in the Multi-Instance Setting)",
/// CRYPTO 2020, eprint 2019/1168: H(x, i) = E(u xor i, x) xor x, u public and uniform per instance.
/// Paper -> code: u (offset of the tweaks) -> start, i -> index, x -> in.
/// Differs: the linear orthomorphism is left out; it serves circular correlations (a hash of Delta itself xored with
/// Delta), and oblivious transfer hashes only q and q xor Delta under a tweak that is used once.
/// Security: correlation robustness in the ideal-cipher model, provided that no index is ever used for two transfers.
/// Cost: one key schedule and one or two encryptions an index.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>

#include "aes/aes128.h"

namespace veilward::aes {

class Mitccrh {
 public:
  explicit Mitccrh(Block start, Isa isa = best_isa()) : start_(start), kernels_(&kernels(isa)) {}

  /// out[j] = H(in[j], first + j). Throws std::invalid_argument if the sizes differ.
  void hash(std::uint64_t first, std::span<const Block> in, std::span<Block> out) const {
    if (out.size() != in.size()) throw std::invalid_argument("hash: sizes differ");
    kernels_->hash(start_, first, in.data(), out.data(), in.size());
  }

  /// out0[j] = H(in[j], first + j), out1[j] = H(in[j] ^ delta, first + j).
  void hash_pair(std::uint64_t first, std::span<const Block> in, Block delta, std::span<Block> out0,
                 std::span<Block> out1) const {
    if (out0.size() != in.size() || out1.size() != in.size()) throw std::invalid_argument("hash_pair: sizes differ");
    kernels_->hash_pair(start_, first, in.data(), delta, out0.data(), out1.data(), in.size());
  }

 private:
  Block start_;
  const Kernels* kernels_;
};

}  // namespace veilward::aes
