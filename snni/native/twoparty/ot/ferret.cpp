#include "twoparty/ot/ferret.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "twoparty/ot/correlated_tree.h"
#include "twoparty/ot/errors.h"
#include "twoparty/ot/field.h"

namespace veilward::ot {
namespace {

aes::RoundKeys expanded(Block key) {
  aes::RoundKeys out;
  aes::kernels().expand(&key, &out, 1);
  return out;
}

/// Of one tree, under a key that no other tree has and no position's hash: those differ from `start` in their low half.
aes::RoundKeys tree_key(Block start, std::uint64_t tree) { return expanded(start ^ Block{tree, ~0ULL}); }

constexpr Correlation check_request{Kind::check, 0, transfers_per_block};

Correlation base_request(const LpnSet& set) { return {Kind::cot, 0, set.base()}; }

/// About the transfers that a lane makes at once: they and their trees stay in the second-level cache beside the base.
constexpr std::size_t piece = 4096;

template <class Bytes>
Bytes part_of(Bytes from, std::size_t at, std::size_t n) {
  if (at > from.size() || from.size() - at < n) throw std::logic_error("a message is shorter than its trees");
  return from.subspan(at, n);
}

void wipe(std::vector<Block>& blocks) { aes::wipe(blocks.data(), blocks.size() * sizeof(Block)); }

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
    wipe(lane.leaves);
    wipe(lane.transfers);
    aes::wipe(lane.trees.data(), lane.trees.size() * sizeof(Tree));
    for (Block* sum : {&lane.leaves_sum, &lane.noise_sum}) aes::wipe(sum, sizeof *sum);
  }
  aes::wipe(&tree_, sizeof tree_);
  for (Block* used : {&checked_, &masked_, &leaves_sum_, &noise_sum_}) aes::wipe(used, sizeof *used);
}

std::size_t Ferret::body_bytes(const LpnSet& set, std::uint64_t first, std::uint64_t transfers) {
  return (set.trees_until(first + transfers) - set.trees_until(first)) * set.corrections() * sizeof(Block);
}

std::size_t Ferret::message_bytes(const Correlation& wanted) const {
  return extend_header_bytes + body_bytes(set_, next_, wanted.blocks() * transfers_per_block);
}

void Ferret::begin(Block start, std::span<const std::uint8_t> last) {
  transcript_.begin(Purpose::ferret_challenge, direction_, start);
  start_ = start;
  matrix_ = lpn_matrix(transcript_.absorb(last), set_.log_secret);
  begun_ = usable_ = true;
}

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
  stream(mask.size(), 1, [&](std::size_t, std::size_t at, std::span<const Block> transfers) {
    std::copy(transfers.begin(), transfers.end(), mask.begin() + static_cast<std::ptrdiff_t>(at));
  });
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
    if (lane.transfers.empty()) lane.transfers.resize(most_whole + piece_trees() * set_.leaves());
  }
}

void Ferret::encode(const Tree& tree, const Block* leaves, std::size_t at, std::span<Block> out) const {
  extension_kernels().encode(matrix_, tree.row + at, base_.data(), leaves + at, out.size(), out.data());
  if (tree.alpha != unknown && tree.alpha >= at && tree.alpha - at < out.size()) out[tree.alpha - at].lo ^= 1;
}

/// A tree's part of the check's sums.
void Ferret::check(Lane& lane, const Tree& tree, const Block* leaves) const {
  lane.leaves_sum ^= extension_kernels().evaluate(powers_of(tree.chi), leaves, set_.leaves());
  if (tree.alpha != unknown) lane.noise_sum ^= power(tree.chi, set_.leaves() - tree.alpha, set_.depth + 1);
}

void Ferret::stream(std::size_t total, std::size_t whole, const Take& take) {
  const std::size_t leaves = set_.leaves(), left = std::min(total, leaves - used_);
  Carried carried{};
  if (left > 0) {
    const std::span now(lanes_[0].transfers.data(), left);
    encode(tree_, leaves_.data(), used_, now);
    used_ += left;
    take(0, 0, now);
    const std::size_t kept = std::min(left, most_whole);
    std::copy(now.end() - static_cast<std::ptrdiff_t>(kept), now.end(),
              carried.end() - static_cast<std::ptrdiff_t>(kept));
  }
  for (std::size_t done = left; done < total;) {
    if (opened_ == set_.usable_trees()) renew();
    const std::size_t trees = std::min(set_.usable_trees() - opened_, (total - done + leaves - 1) / leaves);
    const std::size_t taken = std::min(total - done, trees * leaves);
    Run next{trees, done, taken, whole, take, {carried}, {}};
    run(next);
    carried = next.carried.back();
    done += taken;
  }
}

void Ferret::renew() {
  const Take keep = [&](std::size_t, std::size_t at, std::span<const Block> transfers) {
    std::copy(transfers.begin(), transfers.end(), spare_.data() + at);
  };
  Run reserved{set_.reserved_trees(), 0, spare_.size(), 1, keep, {Carried{}}, {}};
  run(reserved);
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
    const std::size_t alpha = grow(tree_key(start_, number), base, taken_ + (first + i) * bytes, made);
    lane.trees[i] = {number * leaves, alpha, {}};
  }
}

void Ferret::make_piece(Run& run, std::size_t lane_at, std::size_t piece) {
  Lane& lane = lanes_[lane_at];
  const std::size_t leaves = set_.leaves(), bytes = set_.corrections() * sizeof(Block), first = piece * piece_trees();
  const std::size_t last = std::min(first + piece_trees(), run.trees), held = lane.leaves.size() / leaves;
  const std::size_t begin = first * leaves, end = std::min(last * leaves, run.taken);
  Block* const made = lane.transfers.data() + most_whole;
  Turns::Turn turn(run.turns, piece);
  for (std::size_t tree = first; tree < last; tree += held) {
    const std::size_t count = std::min(held, last - tree);
    grow_trees(lane, tree, count);
    const Block* const grown = lane.leaves.data();
    if (tree + count == last)
      encode(lane.trees[count - 1], grown + (count - 1) * leaves, leaves - most_whole, run.carried[piece + 1]);
    turn.come();
    for (std::size_t i = 0; i < count; ++i)
      lane.trees[i].chi = transcript_.absorb(corrections_at(taken_ + (tree + i) * bytes));
    if (tree + count == last) turn.pass();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = (tree + i) * leaves;
      check(lane, lane.trees[i], grown + i * leaves);
      encode(lane.trees[i], grown + i * leaves, 0, {made + (at - begin), std::min(leaves, end - at)});
    }
    if (tree + count == run.trees) {
      tree_ = lane.trees[count - 1];
      std::copy_n(grown + (count - 1) * leaves, leaves, leaves_.begin());
    }
  }
  const std::size_t carried = (run.at + begin) % run.whole;
  std::copy_n(run.carried[piece].end() - static_cast<std::ptrdiff_t>(carried), carried, made - carried);
  run.take(lane_at, run.at + begin - carried, {made - carried, carried + end - begin});
}

std::span<const Block> Ferret::used(const Correlation& wanted, std::size_t at, std::span<const Block> transfers) {
  const std::size_t all = wanted.n * wanted.transfers(),
                    whole = transfers.size() / wanted.transfers() * wanted.transfers();
  return transfers.first(at < all ? std::min(whole, all - at) : 0);
}

FerretSender::FerretSender(int lpn, int k, std::uint8_t direction, Seed seed)
    : Ferret(lpn, direction),
      k_(k),
      setup_(std::make_unique<Sender>(k, direction, seed, lpn)),
      delta_(setup_->reveal_delta()) {}

FerretSender::~FerretSender() { aes::wipe(&delta_, sizeof delta_); }

Bytes FerretSender::reply(std::span<const std::uint8_t> offer) {
  if (!setup_) throw std::logic_error("setup out of order");
  return setup_->reply(offer);
}

void FerretSender::accept_trees(std::span<const std::uint8_t> trees) {
  if (!setup_) throw std::logic_error("setup out of order");
  const Correlation wanted = base_request(set_);
  const std::size_t base_bytes = setup_->message_bytes(wanted), proof_bytes = Extension::proof_message_bytes(k_);
  if (trees.size() < base_bytes + proof_bytes) throw WireError("oblivious transfer: wrong length");
  const auto base = trees.last(base_bytes + proof_bytes);
  setup_->accept_trees(trees.first(trees.size() - base.size()));
  setup_->extend(wanted, base.first(base_bytes), {.q = base_.data()});
  setup_->verify(base.last(proof_bytes));
  for (Block& q : base_.span()) q.lo &= ~1ULL;
  begin(setup_->start(), trees);
  setup_.reset();
}

std::size_t FerretSender::grow(const aes::RoundKeys& key, std::span<const Block> base, std::size_t at,
                               std::span<Block> leaves) {
  grow_correlated_tree(key, delta_, base, leaves, part_of(corrections_, at, set_.corrections() * sizeof(Block)));
  return unknown;
}

std::span<const std::uint8_t> FerretSender::corrections_at(std::size_t at) const {
  return part_of(corrections_, at, set_.corrections() * sizeof(Block));
}

Bytes FerretSender::seal_check() {
  Bytes out(message_bytes(check_request));
  const std::uint64_t first = claim(check_request);
  encode_extend(header(check_request, first), std::span(out).first(extend_header_bytes));
  corrections_ = std::span(out).subspan(extend_header_bytes);
  seal(first);
  finish();
  return out;
}

Bytes FerretSender::answer(std::span<const std::uint8_t> challenge) {
  if (challenge.size() != challenge_bytes) throw WireError("oblivious transfer: wrong length");
  settle();
  Block masked;
  std::memcpy(&masked, challenge.data(), sizeof masked);
  const Digest out = answer_of(checked_ ^ extension_kernels().multiply(masked, delta_));
  return {out.begin(), out.end()};
}

void FerretSender::extend(const Correlation& wanted, std::span<std::uint8_t> message, const SenderOut& out) {
  if (message.size() != message_bytes(wanted)) throw std::invalid_argument("message has the wrong size");
  const std::uint64_t first = claim(wanted);
  encode_extend(header(wanted, first), message.first(extend_header_bytes));
  corrections_ = message.subspan(extend_header_bytes);
  while (derivations_.size() < lanes()) derivations_.push_back(std::make_unique<SenderDerivation>(start(), delta_));
  const Take derive = [&](std::size_t lane, std::size_t at, std::span<const Block> transfers) {
    derivations_[lane]->derive(wanted, first + at, used(wanted, at, transfers), at / wanted.transfers(), out);
  };
  stream(wanted.blocks() * transfers_per_block, wanted.transfers(), derive);
  finish();
}

FerretReceiver::FerretReceiver(int lpn, int k, std::uint8_t direction, Seed seed)
    : Ferret(lpn, direction), setup_(std::make_unique<Receiver>(k, direction, seed, lpn)) {}

Bytes FerretReceiver::offer() const {
  if (!setup_) throw std::logic_error("setup out of order");
  return setup_->offer();
}

Bytes FerretReceiver::trees(std::span<const std::uint8_t> reply) {
  if (!setup_) throw std::logic_error("setup out of order");
  const Correlation wanted = base_request(set_);
  Bytes out = setup_->trees(reply);
  const std::size_t trees_bytes = out.size(), base_bytes = setup_->message_bytes(wanted);
  std::vector<std::uint8_t> choices(wanted.n);
  out.resize(trees_bytes + base_bytes);
  setup_->extend(wanted, std::span(out).last(base_bytes), {.rho = choices.data(), .t = base_.data()});
  const Bytes proof = setup_->prove();
  out.insert(out.end(), proof.begin(), proof.end());
  for (std::size_t i = 0; i < choices.size(); ++i) base_.data()[i].lo = (base_.data()[i].lo & ~1ULL) | choices[i];
  aes::wipe(choices.data(), choices.size());
  begin(setup_->start(), out);
  setup_.reset();
  return out;
}

std::size_t FerretReceiver::grow(const aes::RoundKeys& key, std::span<const Block> base, std::size_t at,
                                 std::span<Block> leaves) {
  return grow_punctured_tree(key, base, corrections_at(at), leaves);
}

std::span<const std::uint8_t> FerretReceiver::corrections_at(std::size_t at) const {
  return part_of(corrections_, at, set_.corrections() * sizeof(Block));
}

void FerretReceiver::seal_check(std::span<const std::uint8_t> message) {
  const std::size_t body = message_bytes(check_request) - extend_header_bytes;
  const std::uint64_t first = claim(check_request);
  corrections_ = decode_extend(header(check_request, first), message, body);
  seal(first);
  finish();
}

Bytes FerretReceiver::challenge() const {
  Bytes out(sizeof masked_);
  std::memcpy(out.data(), &masked_, sizeof masked_);
  return out;
}

void FerretReceiver::verify(std::span<const std::uint8_t> answer) {
  if (answer.size() != answer_bytes) throw WireError("oblivious transfer: wrong length");
  settle();
  if (!equal(answer, answer_of(checked_))) {
    throw ConsistencyError("oblivious transfer: the sender's trees do not hold together");
  }
}

void FerretReceiver::extend(const Correlation& wanted, std::span<const std::uint8_t> message, const ReceiverOut& out) {
  const std::size_t body = message_bytes(wanted) - extend_header_bytes;
  const std::uint64_t first = claim(wanted);
  corrections_ = decode_extend(header(wanted, first), message, body);
  while (derivations_.size() < lanes()) derivations_.push_back(std::make_unique<ReceiverDerivation>(start()));
  const Take derive = [&](std::size_t lane, std::size_t at, std::span<const Block> transfers) {
    const std::span<const Block> ours = used(wanted, at, transfers);
    pack_choices(static_cast<int>(wanted.transfers()), ours, out.rho + at / wanted.transfers());
    derivations_[lane]->derive(wanted, first + at, ours, at / wanted.transfers(), out);
  };
  stream(wanted.blocks() * transfers_per_block, wanted.transfers(), derive);
  finish();
}

}  // namespace veilward::ot
