#include "twoparty/ot/derive.h"

#include <algorithm>

namespace veilward::ot {

void derive_sent(const Correlation& wanted, std::span<const Block> transfers, std::span<const Block> hash0,
                 std::span<const Block> hash1, std::size_t at, const SenderOut& out) {
  switch (wanted.kind) {
    case Kind::cot:
      std::copy(transfers.begin(), transfers.end(), out.q + at);
      break;
    case Kind::leaf:
      leaf_pads(wanted.bits, hash0, hash1, out.words + at);
      break;
    case Kind::wide:
      wide_pads(wanted.bits, hash0, hash1, out.words + wide_words(wanted.bits) * at);
      break;
    case Kind::bits2:
      short_pads(wanted.bits, hash0, out.bytes0 + at);
      short_pads(wanted.bits, hash1, out.bytes1 + at);
      break;
    case Kind::pads:
      short_pads(wanted.bits, hash0, out.words + at);
      short_pads(wanted.bits, hash1, out.words1 + at);
      break;
    default:
      crossed_pads(hash0, hash1, out.words + 10 * at);
  }
}

void derive_received(const Correlation& wanted, std::span<const Block> transfers, std::span<const Block> hash,
                     std::size_t at, const ReceiverOut& out) {
  switch (wanted.kind) {
    case Kind::cot:
      std::copy(transfers.begin(), transfers.end(), out.t + at);
      break;
    case Kind::leaf:
      leaf_pad(wanted.bits, hash, out.rho + at, out.bytes + at);
      break;
    case Kind::wide:
      wide_pad(wanted.bits, hash, out.rho + at, out.bytes + at);
      break;
    case Kind::bits2:
      short_pads(wanted.bits, hash, out.bytes + at);
      break;
    case Kind::pads:
      short_pads(wanted.bits, hash, out.words + at);
      break;
    default:
      crossed_pad(hash, out.rho + at, out.words + 4 * at);
  }
}

Derivation::Derivation(Block start) : hash_(start), hash0_(unit), hash1_(unit) {}

Derivation::~Derivation() {
  for (auto* used : {&hash0_, &hash1_}) aes::wipe(used->data(), used->size() * sizeof(Block));
}

SenderDerivation::SenderDerivation(Block start, Block delta) : Derivation(start), delta_(delta) {}

SenderDerivation::~SenderDerivation() { aes::wipe(&delta_, sizeof delta_); }

void SenderDerivation::derive(const Correlation& wanted, std::uint64_t first, std::span<const Block> transfers,
                              std::size_t at, const SenderOut& out) {
  for (std::size_t done = 0; done < transfers.size(); done += unit_of(wanted)) {
    const std::size_t size = std::min(unit_of(wanted), transfers.size() - done);
    const auto part = transfers.subspan(done, size);
    const std::span h0(hash0_.data(), size), h1(hash1_.data(), size);
    if (wanted.hashed()) hash_.hash_pair(first + done, part, delta_, h0, h1);
    derive_sent(wanted, part, h0, h1, at + done / wanted.transfers(), out);
  }
}

void ReceiverDerivation::derive(const Correlation& wanted, std::uint64_t first, std::span<const Block> transfers,
                                std::size_t at, const ReceiverOut& out) {
  for (std::size_t done = 0; done < transfers.size(); done += unit_of(wanted)) {
    const std::size_t size = std::min(unit_of(wanted), transfers.size() - done);
    const auto part = transfers.subspan(done, size);
    const std::span h(hash0_.data(), size);
    if (wanted.hashed()) hash_.hash(first + done, part, h);
    derive_received(wanted, part, h, at + done / wanted.transfers(), out);
  }
}

}  // namespace veilward::ot
