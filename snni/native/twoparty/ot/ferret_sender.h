/// Ferret (ferret.h) at the side that sends trees and has Delta.
#pragma once

#include <memory>

#include "twoparty/ot/ferret.h"

namespace veilward::ot {

class FerretSender : public Ferret {
 public:
  FerretSender(int lpn, int k, std::uint8_t direction, Seed seed);

  /// Setup, as in extension.h; `trees` is followed by the message of the first base.
  [[nodiscard]] Bytes reply(std::span<const std::uint8_t> offer);
  void accept_trees(std::span<const std::uint8_t> trees);
  /// Serves the request and writes the message for the receiver, message_bytes(wanted) long.
  void extend(const Correlation& wanted, std::span<std::uint8_t> message, const SenderOut& out);
  /// A check: the corrections of its transfers out, then the receiver's challenge in and the answer out.
  [[nodiscard]] Bytes seal_check();
  [[nodiscard]] Bytes answer(std::span<const std::uint8_t> challenge);
  [[nodiscard]] Block reveal_delta() const { return delta_; }

 private:
  std::size_t grow(const aes::RoundKeys& key, std::span<const Block> base, std::size_t at,
                   std::span<Block> leaves) override;
  [[nodiscard]] std::span<const std::uint8_t> corrections_at(std::size_t at) const override;

  int k_;
  std::unique_ptr<Sender> setup_;
  std::span<std::uint8_t> corrections_;  // of the message in work
};

}  // namespace veilward::ot
