#include "ot/ferret.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "ot/correlated_tree.h"
#include "ot/errors.h"

namespace veilward::ot {
namespace {

constexpr std::array<char, 16> matrix_name{'v', 'e', 'i', 'l', 'w', 'a', 'r', 'd',
                                           ' ', 'L', 'P', 'N', ' ', 'd', '1', '0'};

aes::RoundKeys expanded(Block key) {
  aes::RoundKeys out;
  aes::kernels().expand(&key, &out, 1);
  return out;
}

/// Under a key that no position's hash has: those differ from `start` in their low half.
aes::RoundKeys tree_key(Block start) { return expanded(start ^ Block{0, ~0ULL}); }

Correlation base_request(const LpnSet& set) { return {Kind::cot, 0, set.base()}; }

template <class Bytes>
Bytes take(Bytes& from, std::size_t n) {
  if (from.size() < n) throw std::logic_error("a message is shorter than its trees");
  const Bytes out = from.first(n);
  from = from.subspan(n);
  return out;
}

}  // namespace

LpnMatrix lpn_matrix(int log_columns) {
  Block key;
  std::memcpy(&key, matrix_name.data(), sizeof key);
  return {expanded(key), log_columns};
}

Ferret::Ferret(int lpn)
    : set_(lpn_set(lpn)),
      matrix_(lpn_matrix(lpn)),
      base_(set_.reserved_trees() * set_.leaves()),
      spare_(base_.size()),
      tree_(set_.leaves()),
      transfers_(piece) {}

Ferret::~Ferret() {
  for (auto* used : {&tree_, &transfers_}) aes::wipe(used->data(), used->size() * sizeof(Block));
}

std::size_t Ferret::body_bytes(const LpnSet& set, std::uint64_t first, std::uint64_t transfers) {
  return (set.trees_until(first + transfers) - set.trees_until(first)) * set.corrections() * sizeof(Block);
}

std::size_t Ferret::message_bytes(const Correlation& wanted) const {
  return extend_header_bytes + body_bytes(set_, next_, wanted.blocks() * transfers_per_block);
}

void Ferret::begin(Block start) {
  tree_key_ = tree_key(start);
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
  grow({base_.data() + set_.secret() + tree * depth, depth});
}

void Ferret::encode(std::size_t at, std::span<Block> out) {
  const std::uint64_t row = opened_ * set_.leaves() + at;
  extension_kernels().encode(matrix_, row, base_.data(), tree_.data() + at, out.size(), out.data());
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
    : Ferret(lpn), setup_(std::make_unique<Sender>(k, direction, seed, lpn)), delta_(setup_->reveal_delta()) {}

FerretSender::~FerretSender() { aes::wipe(&delta_, sizeof delta_); }

Bytes FerretSender::reply(std::span<const std::uint8_t> offer) {
  if (!setup_) throw std::logic_error("setup out of order");
  return setup_->reply(offer);
}

void FerretSender::accept_trees(std::span<const std::uint8_t> trees) {
  if (!setup_) throw std::logic_error("setup out of order");
  const Correlation wanted = base_request(set_);
  const std::size_t base_bytes = setup_->message_bytes(wanted);
  if (trees.size() < base_bytes) throw WireError("oblivious transfer: wrong length");
  setup_->accept_trees(trees.first(trees.size() - base_bytes));
  setup_->extend(wanted, trees.last(base_bytes), {.q = base_.data()});
  for (Block& q : base_.span()) q.lo &= ~1ULL;
  derivation_.emplace(setup_->start(), delta_);
  begin(setup_->start());
  setup_.reset();
}

void FerretSender::grow(std::span<const Block> base) {
  grow_correlated_tree(tree_key_, delta_, base, tree_, take(corrections_, set_.corrections() * sizeof(Block)));
}

void FerretSender::extend(const Correlation& wanted, std::span<std::uint8_t> message, const SenderOut& out) {
  if (message.size() != message_bytes(wanted)) throw std::invalid_argument("message has the wrong size");
  const std::size_t total = wanted.blocks() * transfers_per_block, used = wanted.n * wanted.transfers();
  const std::uint64_t first = claim(wanted);
  encode_extend(header(wanted, first), message.first(extend_header_bytes));
  corrections_ = message.subspan(extend_header_bytes);
  for (std::size_t done = 0; done < total; done += piece) {
    const std::span now(transfers_.data(), std::min(piece, total - done));
    fill(now);
    derivation_->derive(wanted, first + done, now.first(std::min(piece, used - done)), done / wanted.transfers(), out);
  }
  finish();
}

FerretReceiver::FerretReceiver(int lpn, int k, std::uint8_t direction, Seed seed)
    : Ferret(lpn), setup_(std::make_unique<Receiver>(k, direction, seed, lpn)) {}

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
  for (std::size_t i = 0; i < choices.size(); ++i) base_.data()[i].lo = (base_.data()[i].lo & ~1ULL) | choices[i];
  aes::wipe(choices.data(), choices.size());
  derivation_.emplace(setup_->start());
  begin(setup_->start());
  setup_.reset();
  return out;
}

void FerretReceiver::grow(std::span<const Block> base) {
  alpha_ = grow_punctured_tree(tree_key_, base, take(corrections_, set_.corrections() * sizeof(Block)), tree_);
}

void FerretReceiver::extend(const Correlation& wanted, std::span<const std::uint8_t> message, const ReceiverOut& out) {
  const std::size_t body = message_bytes(wanted) - extend_header_bytes;
  const std::size_t total = wanted.blocks() * transfers_per_block, used = wanted.n * wanted.transfers();
  const std::uint64_t first = claim(wanted);
  corrections_ = decode_extend(header(wanted, first), message, body);
  for (std::size_t done = 0; done < total; done += piece) {
    const std::span now(transfers_.data(), std::min(piece, total - done));
    fill(now);
    const auto ours = now.first(std::min(piece, used - done));
    const std::size_t at = done / wanted.transfers();
    pack_choices(static_cast<int>(wanted.transfers()), ours, out.rho + at);
    derivation_->derive(wanted, first + done, ours, at, out);
  }
  finish();
}

}  // namespace veilward::ot
