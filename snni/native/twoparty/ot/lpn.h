/// Parameters of learning parity with noise (LPN) over regular noise, and how its blocks make one endless stream.
/// Yang, Weng, Lan, Zhang, Wang, "Ferret: Fast Extension for Correlated OT with Small Communication", CCS 2020, eprint
/// 2020/924, section 6. Numbers: emp-ot 1.0, tuned anew after eprint 2025/1476 attacked regular noise; the sets
/// of before are broken below their claim. A set is used whole: n, k, t and depth stand or fall together.
/// Paper -> code: k -> secret(), t -> trees, n -> trees * leaves(), log(n / t) -> depth.
/// The stream: iteration after iteration of `trees` blocks of leaves() outputs. The last reserved_trees() of them are
/// the next iteration's base, secret() + trees * depth transfers; the others are the stream's positions, in order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace veilward::ot {

struct LpnSet {
  int log_secret;  // names the set
  std::size_t trees;
  int depth;

  [[nodiscard]] constexpr std::size_t secret() const { return std::size_t{1} << log_secret; }
  [[nodiscard]] constexpr std::size_t leaves() const { return std::size_t{1} << depth; }
  [[nodiscard]] constexpr std::size_t base() const { return secret() + trees * static_cast<std::size_t>(depth); }
  [[nodiscard]] constexpr std::size_t reserved_trees() const { return (base() + leaves() - 1) / leaves(); }
  [[nodiscard]] constexpr std::size_t usable_trees() const { return trees - reserved_trees(); }
  /// Stream positions an iteration serves.
  [[nodiscard]] constexpr std::size_t usable() const { return usable_trees() * leaves(); }
  /// Trees grown, reserved ones included, once positions 0..position-1 are served.
  [[nodiscard]] constexpr std::uint64_t trees_until(std::uint64_t position) const {
    if (position == 0) return 0;
    const std::uint64_t iteration = (position - 1) / usable(), within = position - iteration * usable();
    return iteration * trees + (within + leaves() - 1) / leaves();
  }
  /// Blocks that the sender sends for a tree: one a level but the first.
  [[nodiscard]] constexpr std::size_t corrections() const { return static_cast<std::size_t>(depth) - 1; }
};

inline constexpr std::array lpn_sets{LpnSet{16, 850, 10}, LpnSet{17, 1170, 11}, LpnSet{18, 1520, 12},
                                     LpnSet{19, 1900, 13}};

/// Throws std::invalid_argument if no set has a secret of 2^log_secret.
[[nodiscard]] const LpnSet& lpn_set(int log_secret);

}  // namespace veilward::ot
