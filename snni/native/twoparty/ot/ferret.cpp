#include "twoparty/ot/ferret.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

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

template <class Bytes>
Bytes take(Bytes& from, std::size_t n) {
  if (from.size() < n) throw std::logic_error("a message is shorter than its trees");
  const Bytes out = from.first(n);
  from = from.subspan(n);
  return out;
}

}  // namespace

LpnMatrix lpn_matrix(Block key, int log_columns) { return {expanded(key), log_columns}; }

Ferret::Ferret(int lpn, std::uint8_t direction)
    : set_(lpn_set(lpn)),
      base_(set_.reserved_trees() * set_.leaves()),
      spare_(base_.size()),
      tree_(set_.leaves()),
      transfers_(piece),
      direction_(direction) {}

Ferret::~Ferret() {
  for (auto* used : {&tree_, &transfers_}) aes::wipe(used->data(), used->size() * sizeof(Block));
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
  const std::uint64_t first = next_;
  next_ += wanted.blocks() * transfers_per_block;
  return first;
}

ExtendHeader Ferret::header(const Correlation& wanted, std::uint64_t first) const {
  return {static_cast<std::uint8_t>(set_.log_secret), wanted, first};
}

void Ferret::open(std::size_t tree) {
  const auto depth = static_cast<std::size_t>(set_.depth);
  row_ = grown_ * set_.leaves();
  tree_key_ = tree_key(start_, grown_++);
  const Block chi = transcript_.absorb(grow({base_.data() + set_.secret() + tree * depth, depth}));
  leaves_sum_ ^= extension_kernels().evaluate(powers_of(chi), tree_.data(), tree_.size());
  if (alpha_ != unknown) noise_sum_ ^= power(chi, tree_.size() - alpha_, set_.depth + 1);
}

void Ferret::seal(std::uint64_t first) {
  if (sealed_) throw std::logic_error("a check is under way");
  std::array<Block, transfers_per_block> mask;
  fill(mask);
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

void Ferret::encode(std::size_t at, std::span<Block> out) {
  extension_kernels().encode(matrix_, row_ + at, base_.data(), tree_.data() + at, out.size(), out.data());
  if (alpha_ >= at && alpha_ - at < out.size()) out[alpha_ - at].lo ^= 1;
}

void Ferret::renew() {
  for (std::size_t i = 0; i < set_.reserved_trees(); ++i, ++opened_) {
    open(opened_);
    encode(0, spare_.span().subspan(i * set_.leaves(), set_.leaves()));
  }
  base_.swap(spare_);
  opened_ = 0;
}

void Ferret::fill(std::span<Block> out) {
  while (!out.empty()) {
    if (used_ == set_.leaves()) {
      used_ = 0;
      if (++opened_ == set_.usable_trees()) renew();
    }
    if (used_ == 0) open(opened_);
    const std::size_t count = std::min(out.size(), set_.leaves() - used_);
    encode(used_, out.first(count));
    used_ += count;
    out = out.subspan(count);
  }
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
  derivation_.emplace(setup_->start(), delta_);
  begin(setup_->start(), trees);
  setup_.reset();
}

std::span<const std::uint8_t> FerretSender::grow(std::span<const Block> base) {
  const auto made = take(corrections_, set_.corrections() * sizeof(Block));
  grow_correlated_tree(tree_key_, delta_, base, tree_, made);
  return made;
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
  const std::size_t total = wanted.blocks() * transfers_per_block, used = wanted.n * wanted.transfers();
  const std::uint64_t first = claim(wanted);
  encode_extend(header(wanted, first), message.first(extend_header_bytes));
  corrections_ = message.subspan(extend_header_bytes);
  for (std::size_t done = 0; done < total; done += piece_of(wanted)) {
    const std::span now(transfers_.data(), std::min(piece_of(wanted), total - done));
    fill(now);
    derivation_->derive(wanted, first + done, now.first(std::min(piece_of(wanted), used - done)),
                        done / wanted.transfers(), out);
  }
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
  derivation_.emplace(setup_->start());
  begin(setup_->start(), out);
  setup_.reset();
  return out;
}

std::span<const std::uint8_t> FerretReceiver::grow(std::span<const Block> base) {
  const auto taken = take(corrections_, set_.corrections() * sizeof(Block));
  alpha_ = grow_punctured_tree(tree_key_, base, taken, tree_);
  return taken;
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
  const std::size_t total = wanted.blocks() * transfers_per_block, used = wanted.n * wanted.transfers();
  const std::uint64_t first = claim(wanted);
  corrections_ = decode_extend(header(wanted, first), message, body);
  for (std::size_t done = 0; done < total; done += piece_of(wanted)) {
    const std::span now(transfers_.data(), std::min(piece_of(wanted), total - done));
    fill(now);
    const auto ours = now.first(std::min(piece_of(wanted), used - done));
    const std::size_t at = done / wanted.transfers();
    pack_choices(static_cast<int>(wanted.transfers()), ours, out.rho + at);
    derivation_->derive(wanted, first + done, ours, at, out);
  }
  finish();
}

}  // namespace veilward::ot
