#include "twoparty/ot/extension.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "twoparty/ot/errors.h"
#include "twoparty/ot/field.h"
#include "twoparty/ot/lpn.h"

namespace veilward::ot {
namespace {

template <class T>
void wipe_all(std::vector<T>& data) {
  aes::wipe(data.data(), data.size() * sizeof(T));
}

std::span<const std::uint8_t> bytes_of(std::span<const Block> blocks) {
  return {reinterpret_cast<const std::uint8_t*>(blocks.data()), blocks.size_bytes()};
}

Block random_block(aes::Prg& randomness) { return {randomness.u64(), randomness.u64()}; }

std::uint8_t checked_lpn(int lpn) { return static_cast<std::uint8_t>(lpn == 0 ? 0 : lpn_set(lpn).log_secret); }

/// row[j] ^= correction[j] if `bit` is 1, without a branch. `correction` is unaligned.
void add_where(std::uint64_t bit, const std::uint8_t* correction, std::size_t blocks, Block* row) {
  const std::uint64_t mask = 0 - bit;
  for (std::size_t j = 0; j < blocks; ++j) {
    Block value;
    std::memcpy(&value, correction + 16 * j, sizeof value);
    row[j] ^= value & Block{mask, mask};
  }
}

}  // namespace

Extension::Extension(int k, std::uint8_t direction, Role role, Seed seed, int lpn)
    : groups_(k),
      direction_(direction),
      lpn_(checked_lpn(lpn)),
      randomness_(seed, 2 * static_cast<std::uint64_t>(role) + direction),
      sum_(stripe_blocks),
      rows_(rows * stripe_blocks),
      transfers_(piece_blocks * transfers_per_block),
      hashes_(rows + 1) {
  if (direction > 1) throw std::invalid_argument("direction must be 0 or 1");
}

Extension::~Extension() {
  wipe_all(leaves_);
  for (auto* used : {&sum_, &rows_, &transfers_, &hashes_}) wipe_all(*used);
}

std::size_t Extension::message_bytes(const Correlation& wanted) const {
  return extend_header_bytes + rows_bytes(wanted.blocks());
}

std::size_t Extension::proof_message_bytes(int k) {
  return extend_header_bytes + (Groups(k).count() - 1) * sizeof(Block) + claimed_bytes;
}

void Extension::begin(Block start) {
  start_ = start;
  transcript_.begin(Purpose::softspoken_challenge, direction_, start);
}

void Extension::absorb(std::span<const std::uint8_t> sent, std::size_t blocks, std::span<const Block> u) {
  const Powers powers = powers_of(transcript_.absorb(sent));
  for (std::size_t r = 0; r < rows; ++r) {
    hashes_[r] ^= extension_kernels().evaluate(powers, rows_.data() + r * stripe_blocks, blocks);
  }
  if (!u.empty()) hashes_[rows] ^= extension_kernels().evaluate(powers, u.data(), blocks);
}

std::uint64_t Extension::claim(const Correlation& wanted) {
  if (leaves_.empty()) throw std::logic_error("extension before setup");
  const std::uint64_t first = next_;
  next_ += wanted.blocks() * transfers_per_block;
  return first;
}

Sender::Sender(int k, std::uint8_t direction, Seed seed, int lpn)
    : Extension(k, direction, Role::sender, seed, lpn), delta_(random_block(randomness_)) {
  if (lpn != 0) delta_.lo |= 1;
}

Sender::~Sender() {
  aes::wipe(&delta_, sizeof delta_);
  wipe_all(base_keys_);
}

Bytes Sender::reply(std::span<const std::uint8_t> offer) {
  if (!base_keys_.empty() || derivation_) throw std::logic_error("setup out of order");
  const auto body = decode_setup(header(), offer, point_bytes);
  std::memcpy(offer_.data(), body.data(), point_bytes);
  BaseOtReply made = base_ot_reply(randomness_, direction_, offer_, delta_ ^ Block{~0ULL, ~0ULL});
  base_keys_ = std::move(made.keys);
  begin(transcript_digest(direction_, offer_, made.points));
  derivation_.emplace(start_, delta_);
  return encode_setup(header(), made.points);
}

void Sender::accept_trees(std::span<const std::uint8_t> trees) {
  if (base_keys_.empty()) throw std::logic_error("setup out of order");
  const std::size_t correction_bytes = groups_.correction_blocks() * sizeof(Block);
  const auto body = decode_setup(header(), trees, correction_bytes + groups_.count() * proof_bytes);
  std::vector<Block> corrections(groups_.correction_blocks());
  std::memcpy(corrections.data(), body.data(), correction_bytes);
  leaves_ = grow_punctured_trees(groups_, direction_, delta_, base_keys_, corrections, body.subspan(correction_bytes));
  wipe_all(base_keys_);
  base_keys_.clear();
}

void Sender::stripe(std::uint64_t first_block, std::size_t blocks, const std::uint8_t* message, Block* q) {
  for (std::size_t g = 0; g < groups_.count(); ++g) {
    const int bits = groups_.bits(g);
    Block* row = rows_.data() + groups_.first_row(g) * stripe_blocks;
    extension_kernels().fold(leaves_.data() + groups_.first_leaf(g), bits, true, first_block, blocks, sum_.data(), row);
    if (g == 0) continue;
    const std::size_t digit = groups_.digit(delta_, g);
    for (int b = 0; b < bits; ++b) {
      add_where((digit >> b) & 1, message + rows_bytes(blocks) / (groups_.count() - 1) * (g - 1), blocks,
                row + static_cast<std::size_t>(b) * stripe_blocks);
    }
  }
  absorb({message, rows_bytes(blocks)}, blocks, {});
  extension_kernels().transpose(rows_.data(), blocks, q);
}

void Sender::verify(std::span<const std::uint8_t> proof) {
  const Correlation wanted{Kind::check, 0, transfers_per_block};
  const std::uint64_t first = claim(wanted);
  const auto body =
      decode_extend({static_cast<std::uint8_t>(groups_.k()), wanted, first}, proof, rows_bytes(1) + claimed_bytes);
  stripe(first / transfers_per_block, 1, body.data(), transfers_.data());
  Block u;
  std::memcpy(&u, body.data() + rows_bytes(1), sizeof u);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::uint64_t mask = 0 - (((r < 64 ? delta_.lo : delta_.hi) >> (r % 64)) & 1);
    hashes_[r] ^= u & Block{mask, mask};
  }
  const Digest expected =
      digest(Purpose::softspoken_values, direction_, first, std::span<const Block>(hashes_).first(rows));
  std::fill(hashes_.begin(), hashes_.end(), Block{});
  if (!equal(expected, body.subspan(rows_bytes(1) + sizeof u))) {
    throw ConsistencyError("oblivious transfer: the receiver's corrections do not hold together");
  }
}

void Sender::extend(const Correlation& wanted, std::span<const std::uint8_t> message, const SenderOut& out) {
  const std::size_t total = wanted.blocks(), used = wanted.n * wanted.transfers();
  const std::uint64_t first = claim(wanted);
  auto body = decode_extend({static_cast<std::uint8_t>(groups_.k()), wanted, first}, message, rows_bytes(total));
  for (std::size_t done = 0; done < total; done += piece_of(wanted)) {
    const std::size_t piece = std::min(piece_of(wanted), total - done);
    for (std::size_t at = 0; at < piece; at += stripe_blocks) {
      const std::size_t blocks = std::min(stripe_blocks, piece - at);
      stripe(first / transfers_per_block + done + at, blocks, body.data(),
             transfers_.data() + at * transfers_per_block);
      body = body.subspan(rows_bytes(blocks));
    }
    const std::size_t begin = done * transfers_per_block;
    derivation_->derive(wanted, first + begin, {transfers_.data(), std::min(piece * transfers_per_block, used - begin)},
                        begin / wanted.transfers(), out);
  }
}

Receiver::Receiver(int k, std::uint8_t direction, Seed seed, int lpn)
    : Extension(k, direction, Role::receiver, seed, lpn),
      base_(std::make_unique<BaseOtSender>(randomness_, direction)),
      choices_(piece_blocks + 1) {}

Receiver::~Receiver() { wipe_all(choices_); }

Bytes Receiver::offer() const {
  if (!base_) throw std::logic_error("setup out of order");
  return encode_setup(header(), base_->offer());
}

Bytes Receiver::trees(std::span<const std::uint8_t> reply) {
  if (!base_) throw std::logic_error("setup out of order");
  const auto points = decode_setup(header(), reply, base_transfers * point_bytes);
  auto keys = base_->keys(points);
  Trees grown = grow_trees(groups_, direction_, keys);
  wipe_all(keys);
  leaves_ = std::move(grown.leaves);
  begin(transcript_digest(direction_, base_->offer(), points));
  derivation_.emplace(start_);
  base_.reset();
  const auto corrections = bytes_of(grown.corrections);
  Bytes body(corrections.begin(), corrections.end());
  body.insert(body.end(), grown.proof.begin(), grown.proof.end());
  return encode_setup(header(), body);
}

void Receiver::stripe(std::uint64_t first_block, std::size_t blocks, std::uint8_t* message, Block* choices, Block* t) {
  const std::span sent(message, rows_bytes(blocks));
  for (std::size_t g = 0; g < groups_.count(); ++g) {
    Block* row = rows_.data() + groups_.first_row(g) * stripe_blocks;
    extension_kernels().fold(leaves_.data() + groups_.first_leaf(g), groups_.bits(g), false, first_block, blocks,
                             sum_.data(), row);
    if (g == 0) {
      std::copy_n(sum_.data(), blocks, choices);
      continue;
    }
    for (std::size_t j = 0; j < blocks; ++j) sum_[j] ^= choices[j];
    std::memcpy(message, sum_.data(), blocks * sizeof(Block));
    message += blocks * sizeof(Block);
  }
  absorb(sent, blocks, {choices, blocks});
  extension_kernels().transpose(rows_.data(), blocks, t);
}

Bytes Receiver::prove() {
  const Correlation wanted{Kind::check, 0, transfers_per_block};
  const std::uint64_t first = claim(wanted);
  Bytes out(extend_header_bytes + rows_bytes(1));
  encode_extend({static_cast<std::uint8_t>(groups_.k()), wanted, first}, std::span(out).first(extend_header_bytes));
  stripe(first / transfers_per_block, 1, out.data() + extend_header_bytes, choices_.data(), transfers_.data());
  const auto u = bytes_of(std::span<const Block>(hashes_).last(1));
  const Digest rest =
      digest(Purpose::softspoken_values, direction_, first, std::span<const Block>(hashes_).first(rows));
  out.insert(out.end(), u.begin(), u.end());
  out.insert(out.end(), rest.begin(), rest.end());
  std::fill(hashes_.begin(), hashes_.end(), Block{});
  return out;
}

void Receiver::extend(const Correlation& wanted, std::span<std::uint8_t> message, const ReceiverOut& out) {
  if (message.size() != message_bytes(wanted)) throw std::invalid_argument("message has the wrong size");
  const std::size_t total = wanted.blocks(), used = wanted.n * wanted.transfers();
  const std::uint64_t first = claim(wanted);
  encode_extend({static_cast<std::uint8_t>(groups_.k()), wanted, first}, message.first(extend_header_bytes));
  message = message.subspan(extend_header_bytes);
  for (std::size_t done = 0; done < total; done += piece_of(wanted)) {
    const std::size_t piece = std::min(piece_of(wanted), total - done);
    for (std::size_t at = 0; at < piece; at += stripe_blocks) {
      const std::size_t blocks = std::min(stripe_blocks, piece - at);
      stripe(first / transfers_per_block + done + at, blocks, message.data(), choices_.data() + at,
             transfers_.data() + at * transfers_per_block);
      message = message.subspan(rows_bytes(blocks));
    }
    const std::size_t begin = done * transfers_per_block;
    const std::size_t count = std::min(piece * transfers_per_block, used - begin), at = begin / wanted.transfers();
    pack_choices(static_cast<int>(wanted.transfers()), reinterpret_cast<const std::uint8_t*>(choices_.data()), 0,
                 {out.rho + at, count / wanted.transfers()});
    derivation_->derive(wanted, first + begin, {transfers_.data(), count}, at, out);
  }
}

}  // namespace veilward::ot
