/// Every byte of the oblivious transfer part on the wire. Integers are little-endian.
///   offer    version u8, k u8, direction u8, lpn u8, point                   receiver -> sender
///   reply    version u8, k u8, direction u8, lpn u8, 128 points              sender -> receiver
///   trees    version u8, k u8, direction u8, lpn u8, correction blocks,      receiver -> sender
///            the trees' proof, 64 bytes a group (punctured_prf.h)
///   extend   version u8, k u8, kind u8, bits u8, n u32, first u64, body      SoftSpokenOT: receiver -> sender
///                                                                            Ferret: sender -> receiver
///   check    an extend message of kind check; SoftSpokenOT: then the hash of u, 16, and a digest, 32
///   challenge  x', 16; answer  a digest, 32                                  Ferret: receiver -> sender -> receiver
/// lpn: 0 for SoftSpokenOT; else the set's number (lpn.h), and the trees are followed by the extend message, kind cot,
/// of the first base and by its check. Ferret's own extend messages have the set's number in the place of k.
/// SoftSpokenOT's body: per stripe of at most 32 blocks, groups - 1 rows of the stripe's blocks. Ferret's: per tree
/// that the request is the first to need, depth - 1 blocks. Every decode checks the whole header and the length before
/// anything else is touched, and throws WireError.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "twoparty/ot/correlation.h"

namespace veilward::ot {

inline constexpr std::uint8_t wire_version = 3;
inline constexpr std::size_t setup_header_bytes = 4;
inline constexpr std::size_t extend_header_bytes = 16;

struct SetupHeader {
  std::uint8_t k;
  std::uint8_t direction;
  std::uint8_t lpn;
};

[[nodiscard]] std::vector<std::uint8_t> encode_setup(SetupHeader header, std::span<const std::uint8_t> body);
/// The body, which is body_bytes long.
[[nodiscard]] std::span<const std::uint8_t> decode_setup(SetupHeader expected, std::span<const std::uint8_t> message,
                                                         std::size_t body_bytes);

struct ExtendHeader {
  std::uint8_t k;  // or the set's number
  Correlation correlation;
  std::uint64_t first;  // index of the first transfer
};

/// Writes the header; out has extend_header_bytes.
void encode_extend(const ExtendHeader& header, std::span<std::uint8_t> out);
[[nodiscard]] std::span<const std::uint8_t> decode_extend(const ExtendHeader& expected,
                                                          std::span<const std::uint8_t> message,
                                                          std::size_t body_bytes);

}  // namespace veilward::ot
