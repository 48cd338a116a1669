/// Puncturable pseudo-random functions, one tree a group, from the base transfers.
/// Boyle et al., "Efficient Two-Round OT Extension and Silent Non-Interactive Secure Computation", CCS 2019, eprint
/// 2019/1159, as Roy, "SoftSpokenOT", CRYPTO 2022, eprint 2022/192, uses it: Goldreich-Goldwasser-Micali trees; one
/// level's two sums of children are sent under one base transfer's keys.
///   [all leaves r_x at the owner; all but r_alpha at the holder] <- Tree(alpha at holder),  0 <= alpha < 2^bits.
/// Paper -> code: N = 2^k -> 2^bits, alpha = Delta_g -> the group's bits of delta, left/right sums -> corrections.
/// Differs: the transfers of the first level are the first two nodes themselves and need no correction; children of a
/// node s are AES(s, 0) and AES(s, 1).
/// The owner proves its trees: figures 13 and 14 of SoftSpokenOT. Each leaf has a tag of 256 bits beside its stream;
/// the owner sends the tags' sum and digest, the holder finds the missing tag and compares. An owner that sent wrong
/// corrections passes only where it guessed alpha, and each wrong guess ends the session.
/// Security model: malicious owner and holder, given the base transfers. Growing the punctured trees, once at set-up,
/// indexes memory by Delta: one who watches this process's caches is outside the model. Cost: one flight, 32 bytes for
/// every base transfer but the first of each group, and 64 a group.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "aes/aes128.h"

namespace veilward::ot {

using aes::Block;

/// Delta's 128 bits in ceil(128 / k) groups of k bits, the last one with what is left. Bit b of group g is bit
/// g k + b of Delta, and base transfer g k + b serves its tree's level bits - 1 - b (level 0 is under the root).
class Groups {
 public:
  static constexpr int min_k = 2, max_k = 8;

  /// Throws std::invalid_argument unless 2 <= k <= 8.
  explicit Groups(int k);

  [[nodiscard]] int k() const { return k_; }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] int bits(std::size_t group) const;
  [[nodiscard]] std::size_t first_row(std::size_t group) const { return group * static_cast<std::size_t>(k_); }
  /// Leaves of all groups lie one after the other, 2^k apart.
  [[nodiscard]] std::size_t first_leaf(std::size_t group) const { return group << k_; }
  [[nodiscard]] std::size_t leaves() const { return count_ << k_; }
  [[nodiscard]] std::size_t correction_blocks() const { return 2 * (128 - count_); }
  /// The group's bits of delta, as a number.
  [[nodiscard]] std::size_t digit(Block delta, std::size_t group) const;

 private:
  int k_;
  std::size_t count_;
};

/// Of one group's tags: their sum and their digest.
inline constexpr std::size_t proof_bytes = 64;

struct Trees {
  std::vector<aes::RoundKeys> leaves;  // expanded leaf keys, groups.leaves()
  std::vector<Block> corrections;      // for the holder, groups.correction_blocks()
  std::vector<std::uint8_t> proof;     // for the holder, proof_bytes a group
};

/// The owner knows both keys of every base transfer.
[[nodiscard]] Trees grow_trees(const Groups& groups, std::uint8_t direction,
                               std::span<const std::array<Block, 2>> keys);

/// The holder chose NOT delta in the base transfers. Leaf y of a group is the owner's leaf y XOR digit: leaf 0 is the
/// missing one (zero here), which is the order that the sums over (Delta - x) r_x need. Throws ConsistencyError if the
/// proof does not hold, for all groups at once, so that one error tells the owner no more than one guess.
[[nodiscard]] std::vector<aes::RoundKeys> grow_punctured_trees(const Groups& groups, std::uint8_t direction,
                                                               Block delta, std::span<const Block> keys,
                                                               std::span<const Block> corrections,
                                                               std::span<const std::uint8_t> proof);

}  // namespace veilward::ot
