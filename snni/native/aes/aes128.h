/// AES-128 (FIPS 197), encryption direction only, as tables of kernels by instruction set.
/// Every table computes the same function; `portable` is the reference and runs in constant time (no table look-ups).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace veilward::aes {

/// 128 bits, byte 0 of the standard first in memory; `lo` holds bytes 0..7 little-endian.
struct alignas(16) Block {
  std::uint64_t lo = 0;
  std::uint64_t hi = 0;

  friend Block operator^(Block a, Block b) { return {a.lo ^ b.lo, a.hi ^ b.hi}; }
  friend Block operator&(Block a, Block b) { return {a.lo & b.lo, a.hi & b.hi}; }
  Block& operator^=(Block b) { return *this = *this ^ b; }
};
static_assert(sizeof(Block) == 16);

/// An expanded key: round keys 0..10.
struct RoundKeys {
  std::array<Block, 11> round;
};

/// Pure functions; n counts blocks (or keys); `in` and `out` are equal or disjoint.
struct Kernels {
  /// out[j] = KeyExpansion(keys[j]).
  void (*expand)(const Block* keys, RoundKeys* out, std::size_t n);
  /// out[j] = AES(key, in[j]).
  void (*encrypt)(const RoundKeys& key, const Block* in, Block* out, std::size_t n);
  /// out[j] = AES(key, {first + j, stream}).
  void (*counter)(const RoundKeys& key, std::uint64_t stream, std::uint64_t first, Block* out, std::size_t n);
  /// out[j] = AES(start ^ {first + j, 0}, in[j]) ^ in[j]: the hash of mitccrh.h.
  void (*hash)(Block start, std::uint64_t first, const Block* in, Block* out, std::size_t n);
  /// The same tweak for in[j] and in[j] ^ delta.
  void (*hash_pair)(Block start, std::uint64_t first, const Block* in, Block delta, Block* out0, Block* out1,
                    std::size_t n);
};

enum class Isa { portable, aesni, vaes256, vaes512, armv8 };
inline constexpr std::array all_isas{Isa::portable, Isa::aesni, Isa::vaes256, Isa::vaes512, Isa::armv8};

/// Whether this build has kernels for `isa` and this CPU runs them. `portable` always.
[[nodiscard]] bool supported(Isa isa);
/// The one that runs: the fastest supported one, until use_isa names another.
[[nodiscard]] Isa best_isa();
/// Objects made before keep theirs. For tests: every instruction set computes the same words. Throws
/// std::invalid_argument if `isa` is not supported.
void use_isa(Isa isa);
[[nodiscard]] const char* name(Isa isa);
/// Names of the supported ones, `portable` first and the fastest last.
[[nodiscard]] std::vector<std::string> supported_names();
/// Throws std::invalid_argument if none has this name.
[[nodiscard]] Isa isa_named(std::string_view wanted);
/// Throws std::invalid_argument if `isa` is not supported.
[[nodiscard]] const Kernels& kernels(Isa isa);
[[nodiscard]] const Kernels& kernels();

/// Overwrites n bytes in a way the compiler keeps. `data` may be null if n is 0.
void wipe(void* data, std::size_t n);

}  // namespace veilward::aes
