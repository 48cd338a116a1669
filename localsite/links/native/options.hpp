#pragma once
// What the relay is told on its command line.

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>

#include "delay_line.hpp"

namespace veilward::links {

/// rate: bytes a second each way, 0 without a limit. buffer: bytes that a direction of a connection holds at most.
struct Options {
  sockaddr_in listen{}, to{};
  Nanos delay = 0;
  std::uint64_t rate = 0;
  std::size_t buffer = 16 << 20;
  bool realtime = false;
};

/// Throws std::runtime_error naming the option that is wrong.
Options parse(int argc, char** argv);

}  // namespace veilward::links
