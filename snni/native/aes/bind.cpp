/// Binding of AES as snni._aes: the generator that masks are drawn from, and for tests every instruction set by name,
/// against the published vectors and each other.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "aes/mitccrh.h"
#include "aes/prg.h"
#include "bind/blocks.h"

namespace nb = nanobind;
using namespace veilward::aes;
using namespace veilward::bind;

namespace {

Out<std::uint8_t> expand(const std::string& isa, const BlockRows& keys) {
  const auto in = blocks_of(keys);
  Owned<RoundKeys> out(in.size());
  kernels(isa_named(isa)).expand(in.data(), out.data(), in.size());
  return out.release<std::uint8_t>({in.size(), 11, 16});
}

Out<std::uint8_t> encrypt(const std::string& isa, const KeyBytes& key, const BlockRows& rows) {
  const auto in = blocks_of(rows);
  const Block secret = block_of(key);
  RoundKeys expanded;
  Owned<Block> out(in.size());
  const Kernels& chosen = kernels(isa_named(isa));
  chosen.expand(&secret, &expanded, 1);
  chosen.encrypt(expanded, in.data(), out.data(), in.size());
  return out.release<std::uint8_t>({in.size(), 16});
}

Out<std::uint8_t> counter(const std::string& isa, const KeyBytes& key, std::uint64_t stream, std::uint64_t first,
                          std::size_t n) {
  const Block secret = block_of(key);
  RoundKeys expanded;
  Owned<Block> out(n);
  const Kernels& chosen = kernels(isa_named(isa));
  chosen.expand(&secret, &expanded, 1);
  chosen.counter(expanded, stream, first, out.data(), n);
  return out.release<std::uint8_t>({n, 16});
}

Out<std::uint8_t> hash(const std::string& isa, const KeyBytes& start, std::uint64_t first, const BlockRows& rows) {
  const auto in = blocks_of(rows);
  Owned<Block> out(in.size());
  Mitccrh(block_of(start), isa_named(isa)).hash(first, in, out.span());
  return out.release<std::uint8_t>({in.size(), 16});
}

std::pair<Out<std::uint8_t>, Out<std::uint8_t>> hash_pair(const std::string& isa, const KeyBytes& start,
                                                          std::uint64_t first, const BlockRows& rows,
                                                          const KeyBytes& delta) {
  const auto in = blocks_of(rows);
  Owned<Block> out0(in.size()), out1(in.size());
  Mitccrh(block_of(start), isa_named(isa)).hash_pair(first, in, block_of(delta), out0.span(), out1.span());
  return std::make_pair(out0.release<std::uint8_t>({in.size(), 16}), out1.release<std::uint8_t>({in.size(), 16}));
}

Out<std::uint8_t> prg_bytes(const nb::bytes& seed, std::uint64_t stream, const std::vector<std::size_t>& pieces) {
  Prg source(seed_of(seed), stream);
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

Out<std::uint32_t> prg_words(const nb::bytes& seed, std::uint64_t stream, std::size_t count, int bits) {
  if (count > std::size_t{1} << 32) throw nb::value_error("count out of range");
  Prg source(seed_of(seed), stream);
  Owned<std::uint32_t> out(count);
  {
    nb::gil_scoped_release free;
    source.words(bits, out.span());
  }
  return out.release({count});
}

}  // namespace

NB_MODULE(_aes, module) {
  using namespace nb::literals;
  module.doc() = "AES-128: a counter-mode generator, a tweakable hash, the cipher by instruction set.";
  module.def("isas", &supported_names,
             "Names of the instruction sets this CPU and build support; 'portable' is the reference.");
  module.def(
      "use_isa", [](const std::string& isa) { use_isa(isa_named(isa)); }, "isa"_a,
      "From now on, in this module, in whatever is not told otherwise. For tests.");
  module.def("prg_words", &prg_words, "seed"_a, "stream"_a, "count"_a, "bits"_a,
             "Stream `stream` under a 16-byte seed as uint32 [count], each uniform in [0, 2^bits).");
  module.def("prg_bytes", &prg_bytes, "seed"_a, "stream"_a, "pieces"_a,
             "The same stream as bytes, drawn in pieces of the given sizes.");
  module.def("expand", &expand, "isa"_a, "keys"_a, "Round keys, uint8 [n, 11, 16], of keys uint8 [n, 16].");
  module.def("encrypt", &encrypt, "isa"_a, "key"_a, "blocks"_a, "AES-128 of blocks uint8 [n, 16].");
  module.def("counter", &counter, "isa"_a, "key"_a, "stream"_a, "first"_a, "n"_a,
             "n blocks of the generator's stream.");
  module.def("mitccrh", &hash, "isa"_a, "start"_a, "first"_a, "blocks"_a, "H(blocks[j], first + j), uint8 [n, 16].");
  module.def("mitccrh_pair", &hash_pair, "isa"_a, "start"_a, "first"_a, "blocks"_a, "delta"_a,
             "H(blocks[j], first + j) and H(blocks[j] ^ delta, first + j).");
}
