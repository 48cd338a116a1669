/// Ferret (ferret.h) at the side that has the choices.
#pragma once

#include <memory>

#include "twoparty/ot/ferret.h"

namespace veilward::ot {

class FerretReceiver : public Ferret {
 public:
  FerretReceiver(int lpn, int k, std::uint8_t direction, Seed seed);

  [[nodiscard]] Bytes offer() const;
  [[nodiscard]] Bytes trees(std::span<const std::uint8_t> reply);
  /// Serves the request from the sender's message.
  void extend(const Correlation& wanted, std::span<const std::uint8_t> message, const ReceiverOut& out);
  /// A check: the corrections of its transfers in, the challenge out; then the answer in, ConsistencyError if it is not
  /// that of a sender whose trees hold together.
  void seal_check(std::span<const std::uint8_t> message);
  [[nodiscard]] Bytes challenge() const;
  void verify(std::span<const std::uint8_t> answer);

 private:
  std::size_t grow(const aes::RoundKeys& key, std::span<const Block> base, std::size_t at,
                   std::span<Block> leaves) override;
  [[nodiscard]] std::span<const std::uint8_t> corrections_at(std::size_t at) const override;

  std::unique_ptr<Receiver> setup_;
  std::span<const std::uint8_t> corrections_;
};

}  // namespace veilward::ot
