#include "twoparty/ot/wire.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "twoparty/ot/errors.h"

namespace veilward::ot {
namespace {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian and so are the kernels");

std::span<const std::uint8_t> check(std::span<const std::uint8_t> expected_header,
                                    std::span<const std::uint8_t> message, std::size_t body_bytes) {
  if (message.size() != expected_header.size() + body_bytes) throw WireError("oblivious transfer: wrong length");
  if (std::memcmp(message.data(), expected_header.data(), expected_header.size()) != 0) {
    throw WireError("oblivious transfer: version, parameters or position differ");
  }
  return message.subspan(expected_header.size());
}

std::array<std::uint8_t, setup_header_bytes> setup_header(SetupHeader header) {
  return {wire_version, header.k, header.direction, header.lpn};
}

}  // namespace

std::vector<std::uint8_t> encode_setup(SetupHeader header, std::span<const std::uint8_t> body) {
  const auto head = setup_header(header);
  std::vector<std::uint8_t> out(head.size() + body.size());
  std::copy(head.begin(), head.end(), out.begin());
  std::copy(body.begin(), body.end(), out.begin() + static_cast<std::ptrdiff_t>(head.size()));
  return out;
}

std::span<const std::uint8_t> decode_setup(SetupHeader expected, std::span<const std::uint8_t> message,
                                           std::size_t body_bytes) {
  return check(setup_header(expected), message, body_bytes);
}

void encode_extend(const ExtendHeader& header, std::span<std::uint8_t> out) {
  const auto n = static_cast<std::uint32_t>(header.correlation.n);
  const std::array<std::uint8_t, 4> small{wire_version, header.k, static_cast<std::uint8_t>(header.correlation.kind),
                                          static_cast<std::uint8_t>(header.correlation.bits)};
  std::memcpy(out.data(), small.data(), 4);
  std::memcpy(out.data() + 4, &n, 4);
  std::memcpy(out.data() + 8, &header.first, 8);
}

std::span<const std::uint8_t> decode_extend(const ExtendHeader& expected, std::span<const std::uint8_t> message,
                                            std::size_t body_bytes) {
  std::array<std::uint8_t, extend_header_bytes> head;
  encode_extend(expected, head);
  return check(head, message, body_bytes);
}

}  // namespace veilward::ot
