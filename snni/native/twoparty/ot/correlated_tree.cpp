#include "twoparty/ot/correlated_tree.h"

#include <cstring>
#include <stdexcept>

namespace veilward::ot {
namespace {

void check_sizes(std::size_t depth, std::size_t leaves, std::size_t correction_bytes) {
  if (depth < 1 || leaves != std::size_t{1} << depth || correction_bytes != (depth - 1) * sizeof(Block)) {
    throw std::invalid_argument("correlated tree: sizes differ");
  }
}

}  // namespace

void grow_correlated_tree(const aes::RoundKeys& key, Block delta, std::span<const Block> q, std::span<Block> leaves,
                          std::span<std::uint8_t> corrections) {
  check_sizes(q.size(), leaves.size(), corrections.size());
  leaves[0] = q[0];
  leaves[1] = q[0] ^ delta;
  for (std::size_t level = 1; level < q.size(); ++level) {
    const Block correction = extension_kernels().grow(key, leaves.data(), std::size_t{1} << level) ^ q[level];
    std::memcpy(corrections.data() + (level - 1) * sizeof(Block), &correction, sizeof correction);
  }
}

std::size_t grow_punctured_tree(const aes::RoundKeys& key, std::span<const Block> t,
                                std::span<const std::uint8_t> corrections, std::span<Block> leaves) {
  check_sizes(t.size(), leaves.size(), corrections.size());
  std::size_t choice = t[0].lo & 1, missing = choice ^ 1;
  leaves[choice] = t[0];
  leaves[missing] = Block{};
  Block sum = t[0], of_zero;  // of all nodes but the missing one; H(0), which stands for the missing one's left child
  const Block zero;
  aes::kernels().encrypt(key, &zero, &of_zero, 1);
  for (std::size_t level = 1; level < t.size(); ++level) {
    const std::size_t width = std::size_t{1} << level;
    Block side[2];
    side[0] = extension_kernels().grow(key, leaves.data(), width);
    side[1] = side[0] ^ sum ^ of_zero;
    side[0] ^= of_zero;
    Block known;
    std::memcpy(&known, corrections.data() + (level - 1) * sizeof(Block), sizeof known);
    known ^= t[level];
    choice = t[level].lo & 1;
    leaves[missing + choice * width] = known ^ side[choice];
    missing += (choice ^ 1) * width;
    leaves[missing] = Block{};
    sum = known ^ side[choice ^ 1];
  }
  leaves[missing] = sum;
  return missing;
}

}  // namespace veilward::ot
