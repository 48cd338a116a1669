#include "aes/prg.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

static_assert(std::endian::native == std::endian::little, "streams are read as little-endian words");

namespace veilward::aes {

Prg::Prg(std::span<const std::uint8_t, 16> seed, std::uint64_t stream) : stream_(stream) {
  Block key;
  std::memcpy(&key, seed.data(), sizeof key);
  kernels().expand(&key, &key_, 1);
  wipe(&key, sizeof key);
}

Prg::~Prg() {
  wipe(&key_, sizeof key_);
  wipe(buffer_.data(), buffered_bytes);
}

void Prg::refill() {
  kernels().counter(key_, stream_, next_block_, buffer_.data(), buffered_blocks);
  next_block_ += buffered_blocks;
  used_ = 0;
}

void Prg::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    if (used_ == buffered_bytes) refill();
    const std::size_t count = std::min(out.size(), buffered_bytes - used_);
    std::memcpy(out.data(), reinterpret_cast<const std::uint8_t*>(buffer_.data()) + used_, count);
    used_ += count;
    out = out.subspan(count);
  }
}

std::uint64_t Prg::u64() {
  std::uint64_t out;
  fill({reinterpret_cast<std::uint8_t*>(&out), sizeof out});
  return out;
}

void Prg::words(int bits, std::span<std::uint32_t> out) {
  if (bits < 1 || bits > 32) throw std::invalid_argument("bits outside 1..32");
  fill({reinterpret_cast<std::uint8_t*>(out.data()), out.size_bytes()});
  const std::uint32_t mask = ~std::uint32_t{0} >> (32 - bits);
  for (std::uint32_t& word : out) word &= mask;
}

}  // namespace veilward::aes
