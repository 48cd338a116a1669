#include "options.hpp"

#include <arpa/inet.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace veilward::links {
namespace {

sockaddr_in address(const std::string& text) {
  sockaddr_in found{};
  found.sin_family = AF_INET;
  const auto colon = text.rfind(':');
  char* end = nullptr;
  const unsigned long port = colon == std::string::npos ? 65536 : std::strtoul(text.c_str() + colon + 1, &end, 10);
  if (port > 65535 || *end != '\0' || inet_pton(AF_INET, text.substr(0, colon).c_str(), &found.sin_addr) != 1)
    throw std::runtime_error(text + ": not ADDRESS:PORT");
  found.sin_port = htons(static_cast<std::uint16_t>(port));
  return found;
}

std::uint64_t whole(const std::string& name, const std::string& text) {
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || text[0] == '-') throw std::runtime_error(name + ": not a number");
  return value;
}

}  // namespace

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--realtime") {
      options.realtime = true;
      continue;
    }
    const std::string value = i + 1 < argc ? argv[++i] : "";
    if (name == "--listen")
      options.listen = address(value);
    else if (name == "--to")
      options.to = address(value);
    else if (name == "--delay-us")
      options.delay = static_cast<Nanos>(whole(name, value)) * 1000;
    else if (name == "--rate")
      options.rate = whole(name, value);
    else if (name == "--buffer")
      options.buffer = whole(name, value);
    else
      throw std::runtime_error(name + ": no such option");
  }
  if (options.to.sin_port == 0 || options.listen.sin_family == 0 || options.buffer == 0)
    throw std::runtime_error("needs --listen, --to and a buffer");
  return options;
}

}  // namespace veilward::links
