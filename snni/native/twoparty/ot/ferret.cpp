#include "twoparty/ot/ferret.h"

#include <algorithm>
#include <stdexcept>

#include "twoparty/ot/field.h"

namespace veilward::ot {
namespace {

aes::RoundKeys expanded(Block key) {
  aes::RoundKeys out;
  aes::kernels().expand(&key, &out, 1);
  return out;
}

}  // namespace

LpnMatrix lpn_matrix(Block key, int log_columns) { return {expanded(key), log_columns}; }

Ferret::Ferret(int lpn, std::uint8_t direction)
    : set_(lpn_set(lpn)),
      base_(set_.reserved_trees() * set_.leaves()),
      spare_(base_.size()),
      leaves_(set_.leaves()),
      used_(set_.leaves()),
      direction_(direction) {}

Ferret::~Ferret() {
  wipe(leaves_);
  for (Lane& lane : lanes_) {
    for (auto* used : {&lane.leaves, &lane.transfers, &lane.hash0, &lane.hash1}) wipe(*used);
    aes::wipe(lane.trees.data(), lane.trees.size() * sizeof(Tree));
    for (Block* sum : {&lane.leaves_sum, &lane.noise_sum}) aes::wipe(sum, sizeof *sum);
  }
  aes::wipe(&tree_, sizeof tree_);
  for (Block* used : {&checked_, &masked_, &delta_, &leaves_sum_, &noise_sum_}) aes::wipe(used, sizeof *used);
}

std::size_t Ferret::body_bytes(const LpnSet& set, std::uint64_t first, std::uint64_t transfers) {
  return (set.trees_until(first + transfers) - set.trees_until(first)) * set.corrections() * sizeof(Block);
}

std::size_t Ferret::message_bytes(const Correlation& wanted) const {
  return extend_header_bytes + body_bytes(set_, next_, wanted.blocks() * transfers_per_block);
}

void Ferret::wipe(std::vector<Block>& blocks) { aes::wipe(blocks.data(), blocks.size() * sizeof(Block)); }

void Ferret::begin(Block start, std::span<const std::uint8_t> last) {
  transcript_.begin(Purpose::ferret_challenge, direction_, start);
  start_ = start;
  matrix_ = lpn_matrix(transcript_.absorb(last), set_.log_secret);
  begun_ = usable_ = true;
}

/// No position's hash has such a key: theirs differ from `start_` in the low half alone.
aes::RoundKeys Ferret::tree_key(std::uint64_t number) const { return expanded(start_ ^ Block{number, ~0ULL}); }

std::uint64_t Ferret::claim(const Correlation& wanted) {
  if (!begun_) throw std::logic_error("extension before setup");
  if (!usable_) throw std::logic_error("extension after an error");
  usable_ = false;
  taken_ = 0;
  make_lanes();
  const std::uint64_t first = next_;
  next_ += wanted.blocks() * transfers_per_block;
  return first;
}

ExtendHeader Ferret::header(const Correlation& wanted, std::uint64_t first) const {
  return {static_cast<std::uint8_t>(set_.log_secret), wanted, first};
}

void Ferret::seal(std::uint64_t first) {
  if (sealed_) throw std::logic_error("a check is under way");
  std::array<Block, transfers_per_block> mask;
  stream(demand(check_request, first, 0),
         [&](const Part& part) { std::copy(part.transfers.begin(), part.transfers.end(), mask.data() + part.at); });
  check_at_ = first;
  checked_ = leaves_sum_ ^ packed(mask);
  masked_ = noise_sum_;
  for (std::size_t i = 0; i < mask.size(); ++i) (i < 64 ? masked_.lo : masked_.hi) ^= (mask[i].lo & 1) << (i % 64);
  leaves_sum_ = noise_sum_ = Block{};
  aes::wipe(mask.data(), sizeof mask);
  sealed_ = true;
}

void Ferret::settle() {
  if (!sealed_) throw std::logic_error("no check is under way");
  sealed_ = false;
}

Digest Ferret::answer_of(Block value) const {
  return digest(Purpose::ferret_values, direction_, check_at_, std::span<const Block>(&value, 1));
}

}  // namespace veilward::ot
