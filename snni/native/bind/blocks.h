/// Blocks and keys as parameters of a binding: uint8 [n, 16] and uint8 [16].
#pragma once

#include <cstring>
#include <vector>

#include "aes/aes128.h"
#include "bind/arrays.h"

namespace veilward::bind {

using KeyBytes = In<std::uint8_t, nanobind::shape<16>>;
using BlockRows = In<std::uint8_t, nanobind::shape<-1, 16>>;

inline aes::Block block_of(const KeyBytes& bytes) {
  aes::Block out;
  std::memcpy(&out, bytes.data(), sizeof out);
  return out;
}

inline std::vector<aes::Block> blocks_of(const BlockRows& rows) {
  std::vector<aes::Block> out(rows.shape(0));
  if (!out.empty()) std::memcpy(out.data(), rows.data(), out.size() * sizeof(aes::Block));
  return out;
}

}  // namespace veilward::bind
