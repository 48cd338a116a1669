/// A stream of pseudo-random bytes: AES-128 in counter mode.
/// Block j of stream s under a seed is AES(seed, {j, s}), both little-endian 64-bit words, the counter first.
/// Security: a pseudo-random function for at most 2^48 blocks a seed. A seed serves one purpose only.
#pragma once

#include <cstdint>
#include <span>

#include "aes/aes128.h"

namespace veilward::aes {

class Prg {
 public:
  explicit Prg(std::span<const std::uint8_t, 16> seed, std::uint64_t stream = 0);
  ~Prg();
  Prg(const Prg&) = delete;  // a copy would repeat the stream
  Prg& operator=(const Prg&) = delete;

  /// The next out.size() bytes of the stream.
  void fill(std::span<std::uint8_t> out);
  /// The next eight bytes, little-endian.
  [[nodiscard]] std::uint64_t u64();
  /// The next 4 out.size() bytes as little-endian words, each reduced to its `bits` lowest bits: uniform in [0,
  /// 2^bits). 1 <= bits <= 32, else std::invalid_argument.
  void words(int bits, std::span<std::uint32_t> out);

 private:
  static constexpr std::size_t buffered_blocks = 32;
  static constexpr std::size_t buffered_bytes = buffered_blocks * sizeof(Block);

  void refill();

  RoundKeys key_;
  std::uint64_t stream_;
  std::uint64_t next_block_ = 0;
  std::array<Block, buffered_blocks> buffer_;
  std::size_t used_ = buffered_bytes;  // bytes of the buffer already given out
};

}  // namespace veilward::aes
