#include <algorithm>
#include <utility>

#include "twoparty/ot/ferret.h"
#include "twoparty/ot/field.h"

namespace veilward::ot {
namespace {

/// About the transfers that a lane makes at once: their trees stay in the second-level cache beside the base.
constexpr std::size_t piece = 4096;

}  // namespace

std::size_t Ferret::piece_trees() const { return std::max<std::size_t>(1, piece / set_.leaves()); }

/// A lane alone holds one tree at a time, several grow a piece's trees before they take their turn.
void Ferret::make_lanes() {
  const std::size_t wanted = Pool::shared().threads(), held = wanted == 1 ? 1 : piece_trees();
  lanes_.resize(std::max(wanted, lanes_.size()));
  for (Lane& lane : std::span(lanes_).first(wanted)) {
    lane.trees.resize(std::max(held, lane.trees.size()));
    if (lane.leaves.size() < held * set_.leaves()) {
      wipe(lane.leaves);
      lane.leaves = std::vector<Block>(held * set_.leaves());
    }
    for (auto* made : {&lane.transfers, &lane.hash0, &lane.hash1}) made->resize(most_whole + part_rows());
  }
}

/// A tree's part of the check's sums.
void Ferret::check(Lane& lane, const Tree& tree, const Block* leaves) const {
  lane.leaves_sum ^= extension_kernels().evaluate(powers_of(tree.chi), leaves, set_.leaves());
  if (tree.alpha != unknown) lane.noise_sum ^= power(tree.chi, set_.leaves() - tree.alpha, set_.depth + 1);
}

void Ferret::stream(const Demand& demand, const Take& take) {
  const std::size_t leaves = set_.leaves(), left = std::min(demand.total, leaves - used_);
  Carried carried{};
  if (left > 0) {
    Lane& lane = lanes_[0];
    lane.carried = 0;
    serve(demand, take, lane, tree_, leaves_.data(), used_, left, 0);
    used_ += left;
    std::copy_n(lane.transfers.begin(), most_whole, carried.begin());
  }
  for (std::size_t done = left; done < demand.total;) {
    if (opened_ == set_.usable_trees()) renew();
    const std::size_t trees = std::min(set_.usable_trees() - opened_, (demand.total - done + leaves - 1) / leaves);
    const std::size_t taken = std::min(demand.total - done, trees * leaves);
    Run next{demand, trees, done, taken, take, {carried}, {}};
    run(next);
    carried = next.carried.back();
    done += taken;
  }
}

void Ferret::renew() {
  const Take keep = [&](const Part& part) {
    std::copy(part.transfers.begin(), part.transfers.end(), spare_.data() + part.at);
  };
  const Demand reserved{spare_.size(), spare_.size(), 1};
  Run next{reserved, set_.reserved_trees(), 0, spare_.size(), keep, {Carried{}}, {}};
  run(next);
  base_.swap(spare_);
  opened_ = 0;
}

void Ferret::run(Run& run) {
  const std::size_t pieces = (run.trees + piece_trees() - 1) / piece_trees();
  run.carried.resize(pieces + 1);
  Pool::shared().each(lanes_.size(), pieces,
                      [&](std::size_t lane, std::size_t piece) { make_piece(run, lane, piece); });
  for (Lane& lane : lanes_) {
    leaves_sum_ ^= std::exchange(lane.leaves_sum, {});
    noise_sum_ ^= std::exchange(lane.noise_sum, {});
  }
  used_ = run.taken - (run.trees - 1) * set_.leaves();
  opened_ += run.trees;
  grown_ += run.trees;
  taken_ += run.trees * set_.corrections() * sizeof(Block);
}

/// Trees first.. of the run into the lane.
void Ferret::grow_trees(Lane& lane, std::size_t first, std::size_t count) {
  const auto depth = static_cast<std::size_t>(set_.depth);
  const std::size_t leaves = set_.leaves(), bytes = set_.corrections() * sizeof(Block);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t number = grown_ + first + i;
    const std::span<const Block> base(base_.data() + set_.secret() + (opened_ + first + i) * depth, depth);
    const std::span made(lane.leaves.data() + i * leaves, leaves);
    const std::size_t alpha = grow(tree_key(number), base, taken_ + (first + i) * bytes, made);
    lane.trees[i] = {number * leaves, alpha, {}};
  }
}

void Ferret::make_piece(Run& run, std::size_t lane_at, std::size_t piece) {
  Lane& lane = lanes_[lane_at];
  const std::size_t leaves = set_.leaves(), bytes = set_.corrections() * sizeof(Block), first = piece * piece_trees();
  const std::size_t last = std::min(first + piece_trees(), run.trees), held = lane.leaves.size() / leaves;
  Turns::Turn turn(run.turns, piece);
  for (std::size_t tree = first; tree < last; tree += held) {
    const std::size_t count = std::min(held, last - tree);
    grow_trees(lane, tree, count);
    const Block* const grown = lane.leaves.data();
    if (tree + count == last)
      extension_kernels().encode(
          rows(lane.trees[count - 1], grown + (count - 1) * leaves, leaves - most_whole, most_whole),
          run.carried[piece + 1].data());
    turn.come();
    if (tree == first) resume(run.demand, lane, run.at + first * leaves, run.carried[piece]);
    for (std::size_t i = 0; i < count; ++i)
      lane.trees[i].chi = transcript_.absorb(corrections_at(taken_ + (tree + i) * bytes));
    if (tree + count == last) turn.pass();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = (tree + i) * leaves;
      check(lane, lane.trees[i], grown + i * leaves);
      serve(run.demand, run.take, lane, lane.trees[i], grown + i * leaves, 0, std::min(leaves, run.taken - at),
            run.at + at);
    }
    if (tree + count == run.trees) {
      tree_ = lane.trees[count - 1];
      std::copy_n(grown + (count - 1) * leaves, leaves, leaves_.begin());
    }
  }
}

}  // namespace veilward::ot
