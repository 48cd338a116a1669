#include "ot/punctured_prf.h"

#include <algorithm>
#include <stdexcept>

namespace veilward::ot {
namespace {

/// Children of every node, in order: 2 n blocks.
std::vector<Block> children(std::span<const Block> nodes) {
  const aes::Kernels& kernels = aes::kernels();
  std::vector<aes::RoundKeys> keys(nodes.size());
  std::vector<Block> out(2 * nodes.size());
  kernels.expand(nodes.data(), keys.data(), nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) kernels.counter(keys[i], 0, 0, out.data() + 2 * i, 2);
  aes::wipe(keys.data(), keys.size() * sizeof(aes::RoundKeys));
  return out;
}

/// XOR of the nodes at even (side 0) or odd positions.
Block side_sum(std::span<const Block> nodes, std::size_t side) {
  Block sum;
  for (std::size_t i = side; i < nodes.size(); i += 2) sum ^= nodes[i];
  return sum;
}

void wipe(std::vector<Block>& blocks) { aes::wipe(blocks.data(), blocks.size() * sizeof(Block)); }

}  // namespace

Groups::Groups(int k) : k_(k), count_(0) {
  if (k < min_k || k > max_k) throw std::invalid_argument("k must be in 2..8");
  count_ = static_cast<std::size_t>((128 + k - 1) / k);
}

int Groups::bits(std::size_t group) const { return std::min(k_, 128 - static_cast<int>(group) * k_); }

std::size_t Groups::digit(Block delta, std::size_t group) const {
  std::size_t out = 0;
  for (int b = 0; b < bits(group); ++b) {
    const std::size_t at = first_row(group) + static_cast<std::size_t>(b);
    out |= (((at < 64 ? delta.lo : delta.hi) >> (at % 64)) & 1) << b;
  }
  return out;
}

Trees grow_trees(const Groups& groups, std::span<const std::array<Block, 2>> keys) {
  Trees out{std::vector<aes::RoundKeys>(groups.leaves()), {}};
  out.corrections.reserve(groups.correction_blocks());
  for (std::size_t g = 0; g < groups.count(); ++g) {
    const std::size_t top = groups.first_row(g) + static_cast<std::size_t>(groups.bits(g)) - 1;
    std::vector<Block> nodes(keys[top].begin(), keys[top].end());
    for (std::size_t transfer = top; transfer-- > groups.first_row(g);) {
      std::vector<Block> next = children(nodes);
      wipe(nodes);
      nodes = std::move(next);
      for (std::size_t side : {0, 1}) out.corrections.push_back(keys[transfer][side] ^ side_sum(nodes, side));
    }
    aes::kernels().expand(nodes.data(), out.leaves.data() + groups.first_leaf(g), nodes.size());
    wipe(nodes);
  }
  return out;
}

std::vector<aes::RoundKeys> grow_punctured_trees(const Groups& groups, Block delta, std::span<const Block> keys,
                                                 std::span<const Block> corrections) {
  if (corrections.size() != groups.correction_blocks()) throw std::invalid_argument("wrong number of corrections");
  std::vector<aes::RoundKeys> out(groups.leaves());
  for (std::size_t g = 0; g < groups.count(); ++g) {
    const std::size_t digit = groups.digit(delta, g);
    int bit = groups.bits(g) - 1;
    std::size_t path = digit >> bit;  // the missing node of this level
    std::vector<Block> nodes(2);
    nodes[path ^ 1] = keys[groups.first_row(g) + static_cast<std::size_t>(bit)];
    while (bit-- > 0) {
      std::vector<Block> next = children(nodes);
      next[2 * path] = next[2 * path + 1] = Block{};
      path = digit >> bit;
      const std::size_t known = (path & 1) ^ 1;
      const Block sum = keys[groups.first_row(g) + static_cast<std::size_t>(bit)] ^ corrections[known];
      next[path ^ 1] = sum ^ side_sum(next, known);
      corrections = corrections.subspan(2);
      wipe(nodes);
      nodes = std::move(next);
    }
    std::vector<Block> ordered(nodes.size());
    for (std::size_t y = 0; y < nodes.size(); ++y) ordered[y] = nodes[y ^ digit];
    aes::kernels().expand(ordered.data(), out.data() + groups.first_leaf(g), ordered.size());
    wipe(nodes);
    wipe(ordered);
  }
  return out;
}

}  // namespace veilward::ot
