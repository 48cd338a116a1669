#include "twoparty/ot/ferret_sender.h"

#include <cstring>
#include <stdexcept>

#include "twoparty/ot/correlated_tree.h"
#include "twoparty/ot/errors.h"

namespace veilward::ot {

FerretSender::FerretSender(int lpn, int k, std::uint8_t direction, Seed seed)
    : Ferret(lpn, direction), k_(k), setup_(std::make_unique<Sender>(k, direction, seed, lpn)) {
  delta_ = setup_->reveal_delta();
}

Bytes FerretSender::reply(std::span<const std::uint8_t> offer) {
  if (!setup_) throw std::logic_error("setup out of order");
  return setup_->reply(offer);
}

void FerretSender::accept_trees(std::span<const std::uint8_t> trees) {
  if (!setup_) throw std::logic_error("setup out of order");
  const Correlation wanted = base_request();
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
  grow_correlated_tree(key, delta_, base, leaves, corrections_in(corrections_, at));
  return unknown;
}

std::span<const std::uint8_t> FerretSender::corrections_at(std::size_t at) const {
  return corrections_in(corrections_, at);
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
  stream(demand(wanted, first, 2), [&](const Part& part) {
    derive_sent(wanted, part.transfers, part.hash0, part.hash1, part.at / wanted.transfers(), out);
  });
  finish();
}

}  // namespace veilward::ot
