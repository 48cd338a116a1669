#include "twoparty/ot/derive.h"

#include <algorithm>

namespace veilward::ot {

Derivation::Derivation(Block start) : hash_(start), hash0_(unit), hash1_(unit) {}

Derivation::~Derivation() {
  for (auto* used : {&hash0_, &hash1_}) aes::wipe(used->data(), used->size() * sizeof(Block));
}

SenderDerivation::SenderDerivation(Block start, Block delta) : Derivation(start), delta_(delta) {}

SenderDerivation::~SenderDerivation() { aes::wipe(&delta_, sizeof delta_); }

void SenderDerivation::derive(const Correlation& wanted, std::uint64_t first, std::span<const Block> transfers,
                              std::size_t at, const SenderOut& out) {
  if (wanted.kind == Kind::cot) {
    std::copy(transfers.begin(), transfers.end(), out.q + at);
    return;
  }
  for (std::size_t done = 0; done < transfers.size(); done += unit_of(wanted)) {
    const std::size_t size = std::min(unit_of(wanted), transfers.size() - done),
                      result = at + done / wanted.transfers();
    const std::span h0(hash0_.data(), size), h1(hash1_.data(), size);
    hash_.hash_pair(first + done, transfers.subspan(done, size), delta_, h0, h1);
    switch (wanted.kind) {
      case Kind::leaf:
        leaf_pads(wanted.bits, h0, h1, out.words + result);
        break;
      case Kind::wide:
        wide_pads(wanted.bits, h0, h1, out.words + wide_words(wanted.bits) * result);
        break;
      case Kind::bits2:
        short_pads(wanted.bits, h0, out.bytes0 + result);
        short_pads(wanted.bits, h1, out.bytes1 + result);
        break;
      case Kind::pads:
        short_pads(wanted.bits, h0, out.words + result);
        short_pads(wanted.bits, h1, out.words1 + result);
        break;
      default:
        crossed_pads(h0, h1, out.words + 10 * result);
    }
  }
}

void ReceiverDerivation::derive(const Correlation& wanted, std::uint64_t first, std::span<const Block> transfers,
                                std::size_t at, const ReceiverOut& out) {
  if (wanted.kind == Kind::cot) {
    std::copy(transfers.begin(), transfers.end(), out.t + at);
    return;
  }
  for (std::size_t done = 0; done < transfers.size(); done += unit_of(wanted)) {
    const std::size_t size = std::min(unit_of(wanted), transfers.size() - done),
                      result = at + done / wanted.transfers();
    const std::span h(hash0_.data(), size);
    hash_.hash(first + done, transfers.subspan(done, size), h);
    switch (wanted.kind) {
      case Kind::leaf:
        leaf_pad(wanted.bits, h, out.rho + result, out.bytes + result);
        break;
      case Kind::wide:
        wide_pad(wanted.bits, h, out.rho + result, out.bytes + result);
        break;
      case Kind::bits2:
        short_pads(wanted.bits, h, out.bytes + result);
        break;
      case Kind::pads:
        short_pads(wanted.bits, h, out.words + result);
        break;
      default:
        crossed_pad(h, out.rho + result, out.words + 4 * result);
    }
  }
}

}  // namespace veilward::ot
