/// Random oblivious transfers from a prime-order group.
/// Chou, Orlandi, "The Simplest Protocol for Oblivious Transfer", LATINCRYPT 2015, eprint 2015/267, figure 1,
/// over Ristretto255 (RFC 9496) as libsodium implements it.
///   [k0_i, k1_i at sender; c_i, k_{c_i} at receiver] <- BaseOt(c at receiver),  i < n.
/// Paper -> code: y -> secret, S = yB -> offer, x_i -> scalar, R_i = c_i S + x_i B -> reply, H -> BLAKE2b-128 of
/// (domain, direction, i, S, R_i, the shared point).
/// Security model: semi-honest, computational Diffie-Hellman and a random oracle; the choice is hidden perfectly.
/// Differs: the keys are the random transfer's messages, so the encryption step is left out; every key is bound to its
/// index and transcript, as the authors' later revisions ask. Points from the peer must be valid and not the identity.
/// Cost: two flights, 32 bytes and 32 n bytes; n + 2 scalar multiplications at the sender, 2 n at the receiver.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "aes/prg.h"

namespace veilward::ot {

using aes::Block;

inline constexpr std::size_t point_bytes = 32;
inline constexpr std::size_t base_transfers = 128;
using Point = std::array<std::uint8_t, point_bytes>;
using Scalar = std::array<std::uint8_t, 32>;

class BaseOtSender {
 public:
  /// Throws std::runtime_error if libsodium cannot start.
  BaseOtSender(aes::Prg& randomness, std::uint8_t direction);
  ~BaseOtSender();
  BaseOtSender(const BaseOtSender&) = delete;
  BaseOtSender& operator=(const BaseOtSender&) = delete;

  [[nodiscard]] const Point& offer() const { return offer_; }
  /// replies: base_transfers points. Throws WireError on a point that is not valid.
  [[nodiscard]] std::vector<std::array<Block, 2>> keys(std::span<const std::uint8_t> replies) const;

 private:
  std::uint8_t direction_;
  Scalar secret_;
  Point offer_;
};

struct BaseOtReply {
  std::vector<std::uint8_t> points;  // base_transfers points, for the peer
  std::vector<Block> keys;           // k_{c_i}
};

/// choices: bit i of the block is c_i. Throws WireError if the offer is not a valid point.
[[nodiscard]] BaseOtReply base_ot_reply(aes::Prg& randomness, std::uint8_t direction, const Point& offer,
                                        Block choices);

/// A public value both sides compute from the transcript; the hash's starting point.
[[nodiscard]] Block transcript_digest(std::uint8_t direction, const Point& offer,
                                      std::span<const std::uint8_t> replies);

}  // namespace veilward::ot
