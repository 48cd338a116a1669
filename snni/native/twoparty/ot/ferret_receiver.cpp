#include "twoparty/ot/ferret_receiver.h"

#include <cstring>
#include <stdexcept>

#include "twoparty/ot/correlated_tree.h"
#include "twoparty/ot/errors.h"

namespace veilward::ot {

FerretReceiver::FerretReceiver(int lpn, int k, std::uint8_t direction, Seed seed)
    : Ferret(lpn, direction), setup_(std::make_unique<Receiver>(k, direction, seed, lpn)) {}

Bytes FerretReceiver::offer() const {
  if (!setup_) throw std::logic_error("setup out of order");
  return setup_->offer();
}

Bytes FerretReceiver::trees(std::span<const std::uint8_t> reply) {
  if (!setup_) throw std::logic_error("setup out of order");
  const Correlation wanted = base_request();
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
  return corrections_in(corrections_, at);
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
  stream(demand(wanted, first, 1), [&](const Part& part) {
    const std::size_t at = part.at / wanted.transfers();
    pack_choices(static_cast<int>(wanted.transfers()), part.transfers, out.rho + at);
    derive_received(wanted, part.transfers, part.hash0, at, out);
  });
  finish();
}

}  // namespace veilward::ot
