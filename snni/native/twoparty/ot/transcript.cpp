#include "twoparty/ot/transcript.h"

#include <sodium.h>

#include <cstring>
#include <initializer_list>

namespace veilward::ot {
namespace {

Digest digest_of(Purpose purpose, std::uint8_t direction, std::uint64_t index,
                 std::initializer_list<std::span<const std::uint8_t>> parts) {
  std::array<std::uint8_t, 10> prefix{static_cast<std::uint8_t>(purpose), direction};
  std::memcpy(prefix.data() + 2, &index, sizeof index);
  crypto_generichash_state state;
  Digest out;
  crypto_generichash_init(&state, nullptr, 0, out.size());
  crypto_generichash_update(&state, prefix.data(), prefix.size());
  for (const auto& part : parts) crypto_generichash_update(&state, part.data(), part.size());
  crypto_generichash_final(&state, out.data(), out.size());
  aes::wipe(&state, sizeof state);
  return out;
}

}  // namespace

Digest digest(Purpose purpose, std::uint8_t direction, std::uint64_t index, std::span<const std::uint8_t> body) {
  return digest_of(purpose, direction, index, {body});
}

Digest digest(Purpose purpose, std::uint8_t direction, std::uint64_t index, std::span<const Block> body) {
  return digest(purpose, direction, index,
                std::span(reinterpret_cast<const std::uint8_t*>(body.data()), body.size_bytes()));
}

bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void Transcript::begin(Purpose purpose, std::uint8_t direction, Block start) {
  purpose_ = purpose;
  direction_ = direction;
  std::memcpy(chain_.data(), &start, sizeof start);
}

Block Transcript::absorb(std::span<const std::uint8_t> part) {
  chain_ = digest_of(purpose_, direction_, parts_++, {chain_, part});
  Block chi;
  std::memcpy(&chi, chain_.data(), sizeof chi);
  return chi;
}

}  // namespace veilward::ot
