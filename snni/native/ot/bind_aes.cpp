/// AES for the tests: every instruction set by name, against the published vectors and each other.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

#include "aes/mitccrh.h"
#include "aes/prg.h"
#include "ot/arrays.h"
#include "ot/bind.h"

namespace nb = nanobind;

namespace veilward::ot {
namespace {

using aes::Block;

std::vector<std::string> isas() {
  std::vector<std::string> out;
  for (aes::Isa isa : aes::all_isas) {
    if (aes::supported(isa)) out.emplace_back(aes::name(isa));
  }
  return out;
}

std::vector<Block> blocks_of(const BlockRows& rows) {
  std::vector<Block> out(rows.shape(0));
  if (!out.empty()) std::memcpy(out.data(), rows.data(), out.size() * sizeof(Block));
  return out;
}

Out<std::uint8_t> expand(const std::string& isa, const BlockRows& keys) {
  const auto in = blocks_of(keys);
  Owned<aes::RoundKeys> out(in.size());
  aes::kernels(aes::isa_named(isa)).expand(in.data(), out.data(), in.size());
  return out.release<std::uint8_t>({in.size(), 11, 16});
}

Out<std::uint8_t> encrypt(const std::string& isa, const KeyBytes& key, const BlockRows& rows) {
  const auto in = blocks_of(rows);
  const Block secret = block_of(key);
  aes::RoundKeys expanded;
  Owned<Block> out(in.size());
  const aes::Kernels& kernels = aes::kernels(aes::isa_named(isa));
  kernels.expand(&secret, &expanded, 1);
  kernels.encrypt(expanded, in.data(), out.data(), in.size());
  return out.release<std::uint8_t>({in.size(), 16});
}

Out<std::uint8_t> counter(const std::string& isa, const KeyBytes& key, std::uint64_t stream, std::uint64_t first,
                          std::size_t n) {
  const Block secret = block_of(key);
  aes::RoundKeys expanded;
  Owned<Block> out(n);
  const aes::Kernels& kernels = aes::kernels(aes::isa_named(isa));
  kernels.expand(&secret, &expanded, 1);
  kernels.counter(expanded, stream, first, out.data(), n);
  return out.release<std::uint8_t>({n, 16});
}

Out<std::uint8_t> hash(const std::string& isa, const KeyBytes& start, std::uint64_t first, const BlockRows& rows) {
  const auto in = blocks_of(rows);
  Owned<Block> out(in.size());
  aes::Mitccrh(block_of(start), aes::isa_named(isa)).hash(first, in, out.span());
  return out.release<std::uint8_t>({in.size(), 16});
}

nb::tuple hash_pair(const std::string& isa, const KeyBytes& start, std::uint64_t first, const BlockRows& rows,
                    const KeyBytes& delta) {
  const auto in = blocks_of(rows);
  Owned<Block> out0(in.size()), out1(in.size());
  aes::Mitccrh(block_of(start), aes::isa_named(isa)).hash_pair(first, in, block_of(delta), out0.span(), out1.span());
  return nb::make_tuple(out0.release<std::uint8_t>({in.size(), 16}), out1.release<std::uint8_t>({in.size(), 16}));
}

Out<std::uint8_t> prg(const KeyBytes& seed, std::uint64_t stream, const std::vector<std::size_t>& pieces) {
  aes::Prg source(std::span<const std::uint8_t, 16>(seed.data(), 16), stream);
  std::size_t total = 0;
  for (std::size_t piece : pieces) {
    if (__builtin_add_overflow(total, piece, &total)) throw nb::value_error("pieces out of range");
  }
  Owned<std::uint8_t> out(total);
  std::span<std::uint8_t> rest = out.span();
  for (std::size_t piece : pieces) {
    source.fill(rest.first(piece));
    rest = rest.subspan(piece);
  }
  return out.release({total});
}

}  // namespace

void bind_aes(nb::module_& module) {
  using namespace nb::literals;
  module.def("isas", &isas, "Names of the instruction sets this CPU and build support; 'portable' is the reference.");
  module.def(
      "use_isa", [](const std::string& isa) { aes::use_isa(aes::isa_named(isa)); }, "isa"_a,
      "From now on, in new objects and whatever is not told otherwise. For tests.");
  module.def("aes_expand", &expand, "isa"_a, "keys"_a, "Round keys, uint8 [n, 11, 16], of keys uint8 [n, 16].");
  module.def("aes_encrypt", &encrypt, "isa"_a, "key"_a, "blocks"_a, "AES-128 of blocks uint8 [n, 16].");
  module.def("aes_counter", &counter, "isa"_a, "key"_a, "stream"_a, "first"_a, "n"_a, "n blocks of the PRG's stream.");
  module.def("mitccrh", &hash, "isa"_a, "start"_a, "first"_a, "blocks"_a, "H(blocks[j], first + j), uint8 [n, 16].");
  module.def("mitccrh_pair", &hash_pair, "isa"_a, "start"_a, "first"_a, "blocks"_a, "delta"_a,
             "H(blocks[j], first + j) and H(blocks[j] ^ delta, first + j).");
  module.def("prg", &prg, "seed"_a, "stream"_a, "pieces"_a, "The PRG's stream, drawn in pieces of the given sizes.");
}

}  // namespace veilward::ot
