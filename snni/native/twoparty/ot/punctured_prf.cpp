#include "twoparty/ot/punctured_prf.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "twoparty/ot/errors.h"
#include "twoparty/ot/transcript.h"

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

constexpr std::size_t tag_blocks = 2;

/// The tags of leaves, two blocks each, from another stream than the one that transfers are made of.
std::vector<Block> tags_of(std::span<const aes::RoundKeys> leaves) {
  std::vector<Block> out(tag_blocks * leaves.size());
  for (std::size_t x = 0; x < leaves.size(); ++x) {
    aes::kernels().counter(leaves[x], 1, 0, out.data() + tag_blocks * x, tag_blocks);
  }
  return out;
}

std::array<Block, tag_blocks> sum_of(std::span<const Block> tags) {
  std::array<Block, tag_blocks> out{};
  for (std::size_t i = 0; i < tags.size(); ++i) out[i % tag_blocks] ^= tags[i];
  return out;
}

void append_proof(std::uint8_t direction, std::size_t group, std::span<const aes::RoundKeys> leaves,
                  std::vector<std::uint8_t>& proof) {
  std::vector<Block> tags = tags_of(leaves);
  const auto sum = sum_of(tags);
  const Digest all = digest(Purpose::leaves, direction, group, tags);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(sum.data());
  proof.insert(proof.end(), bytes, bytes + sizeof sum);
  proof.insert(proof.end(), all.begin(), all.end());
  wipe(tags);
}

/// ordered: leaf y is the owner's leaf y XOR digit, leaf 0 the missing one.
bool proves(std::uint8_t direction, std::size_t group, std::size_t digit, std::span<const aes::RoundKeys> ordered,
            std::span<const std::uint8_t> proof) {
  std::array<Block, tag_blocks> missing;
  std::memcpy(missing.data(), proof.data(), sizeof missing);
  std::vector<Block> tags = tags_of(ordered), owners(tags.size());
  const auto known = sum_of(std::span(tags).subspan(tag_blocks));
  for (std::size_t i = 0; i < tag_blocks; ++i) tags[i] = missing[i] ^ known[i];
  for (std::size_t i = 0; i < tags.size(); ++i) owners[i] = tags[i ^ (tag_blocks * digit)];
  const Digest all = digest(Purpose::leaves, direction, group, owners);
  wipe(tags);
  wipe(owners);
  return equal(all, proof.subspan(sizeof missing, all.size()));
}

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

Trees grow_trees(const Groups& groups, std::uint8_t direction, std::span<const std::array<Block, 2>> keys) {
  Trees out{std::vector<aes::RoundKeys>(groups.leaves()), {}, {}};
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
    const std::span leaves(out.leaves.data() + groups.first_leaf(g), nodes.size());
    aes::kernels().expand(nodes.data(), leaves.data(), nodes.size());
    append_proof(direction, g, leaves, out.proof);
    wipe(nodes);
  }
  return out;
}

std::vector<aes::RoundKeys> grow_punctured_trees(const Groups& groups, std::uint8_t direction, Block delta,
                                                 std::span<const Block> keys, std::span<const Block> corrections,
                                                 std::span<const std::uint8_t> proof) {
  if (corrections.size() != groups.correction_blocks()) throw std::invalid_argument("wrong number of corrections");
  if (proof.size() != groups.count() * proof_bytes) throw std::invalid_argument("wrong length of the proof");
  std::vector<aes::RoundKeys> out(groups.leaves());
  bool proved = true;
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
    const std::span leaves(out.data() + groups.first_leaf(g), ordered.size());
    aes::kernels().expand(ordered.data(), leaves.data(), ordered.size());
    proved &= proves(direction, g, digit, leaves, proof.subspan(g * proof_bytes, proof_bytes));
    wipe(nodes);
    wipe(ordered);
  }
  if (!proved) throw ConsistencyError("oblivious transfer: the peer's trees do not hold together");
  return out;
}

}  // namespace veilward::ot
