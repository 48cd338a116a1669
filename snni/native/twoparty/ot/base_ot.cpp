#include "twoparty/ot/base_ot.h"

#include <sodium.h>

#include <cstring>
#include <initializer_list>
#include <stdexcept>

#include "twoparty/ot/errors.h"

namespace veilward::ot {
namespace {

enum class Domain : std::uint8_t { key = 1, transcript = 2 };

Block digest(Domain domain, std::uint8_t direction, std::uint64_t index,
             std::initializer_list<std::span<const std::uint8_t>> parts) {
  const std::array<std::uint8_t, 2> prefix{static_cast<std::uint8_t>(domain), direction};
  crypto_generichash_state state;
  Block out;
  crypto_generichash_init(&state, nullptr, 0, sizeof out);
  crypto_generichash_update(&state, prefix.data(), prefix.size());
  crypto_generichash_update(&state, reinterpret_cast<const std::uint8_t*>(&index), sizeof index);
  for (const auto& part : parts) crypto_generichash_update(&state, part.data(), part.size());
  crypto_generichash_final(&state, reinterpret_cast<std::uint8_t*>(&out), sizeof out);
  aes::wipe(&state, sizeof state);
  return out;
}

void start_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium did not start");
}

Scalar random_scalar(aes::Prg& randomness) {
  std::array<std::uint8_t, crypto_core_ristretto255_NONREDUCEDSCALARBYTES> wide;
  Scalar out;
  do {
    randomness.fill(wide);
    crypto_core_ristretto255_scalar_reduce(out.data(), wide.data());
  } while (sodium_is_zero(out.data(), out.size()));
  aes::wipe(wide.data(), wide.size());
  return out;
}

Point times_base(const Scalar& scalar) {
  Point out;
  if (crypto_scalarmult_ristretto255_base(out.data(), scalar.data()) != 0) throw std::runtime_error("zero scalar");
  return out;
}

/// Throws WireError if `point` is no point or the identity.
Point times(const Scalar& scalar, const Point& point) {
  Point out;
  if (crypto_scalarmult_ristretto255(out.data(), scalar.data(), point.data()) != 0) {
    throw WireError("base OT: a point is not a valid element of Ristretto255");
  }
  return out;
}

/// choice ? b : a, without a branch.
Point select(std::uint64_t choice, const Point& a, const Point& b) {
  const auto mask = static_cast<std::uint8_t>(-static_cast<std::int64_t>(choice));
  Point out;
  for (std::size_t i = 0; i < point_bytes; ++i) out[i] = static_cast<std::uint8_t>(a[i] ^ (mask & (a[i] ^ b[i])));
  return out;
}

}  // namespace

BaseOtSender::BaseOtSender(aes::Prg& randomness, std::uint8_t direction) : direction_(direction) {
  start_sodium();
  secret_ = random_scalar(randomness);
  offer_ = times_base(secret_);
}

BaseOtSender::~BaseOtSender() { aes::wipe(secret_.data(), secret_.size()); }

std::vector<std::array<Block, 2>> BaseOtSender::keys(std::span<const std::uint8_t> replies) const {
  if (replies.size() != base_transfers * point_bytes) throw WireError("base OT: wrong number of points");
  const Point shift = times(secret_, offer_);  // y S
  std::vector<std::array<Block, 2>> out(base_transfers);
  for (std::size_t i = 0; i < base_transfers; ++i) {
    Point reply, without;
    std::memcpy(reply.data(), replies.data() + i * point_bytes, point_bytes);
    const Point with = times(secret_, reply);
    crypto_core_ristretto255_sub(without.data(), with.data(), shift.data());
    out[i] = {digest(Domain::key, direction_, i, {offer_, reply, with}),
              digest(Domain::key, direction_, i, {offer_, reply, without})};
  }
  return out;
}

BaseOtReply base_ot_reply(aes::Prg& randomness, std::uint8_t direction, const Point& offer, Block choices) {
  start_sodium();
  BaseOtReply out{std::vector<std::uint8_t>(base_transfers * point_bytes), std::vector<Block>(base_transfers)};
  for (std::size_t i = 0; i < base_transfers; ++i) {
    const std::uint64_t choice = ((i < 64 ? choices.lo : choices.hi) >> (i % 64)) & 1;
    Scalar scalar = random_scalar(randomness);
    const Point plain = times_base(scalar);
    const Point shared = times(scalar, offer);
    Point shifted;
    if (crypto_core_ristretto255_add(shifted.data(), plain.data(), offer.data()) != 0) {
      throw WireError("base OT: the offer is not a valid element of Ristretto255");
    }
    const Point reply = select(choice, plain, shifted);
    std::memcpy(out.points.data() + i * point_bytes, reply.data(), point_bytes);
    out.keys[i] = digest(Domain::key, direction, i, {offer, reply, shared});
    aes::wipe(scalar.data(), scalar.size());
  }
  return out;
}

Block transcript_digest(std::uint8_t direction, const Point& offer, std::span<const std::uint8_t> replies) {
  return digest(Domain::transcript, direction, 0, {offer, replies});
}

}  // namespace veilward::ot
