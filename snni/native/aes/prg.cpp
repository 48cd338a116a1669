#include "aes/prg.h"

#include <algorithm>
#include <cstring>

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

}  // namespace veilward::aes
