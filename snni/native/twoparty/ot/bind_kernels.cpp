/// The extensions' kernels and trees for the tests: every instruction set by name.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bind/blocks.h"
#include "twoparty/ot/bind.h"
#include "twoparty/ot/correlated_tree.h"
#include "twoparty/ot/ferret.h"
#include "twoparty/ot/field.h"
#include "twoparty/ot/kernels.h"

namespace nb = nanobind;

namespace veilward::ot {
namespace {

using namespace bind;
using TwoArrays = std::pair<Out<std::uint8_t>, Out<std::uint8_t>>;

TwoArrays fold(const std::string& isa, const BlockRows& keys, int bits, bool punctured, std::uint64_t first,
               std::size_t blocks) {
  if (bits < 1 || bits > 8 || keys.shape(0) != std::size_t{1} << bits) throw nb::value_error("2^bits keys");
  if (blocks > stripe_blocks) throw nb::value_error("at most one stripe");
  std::vector<aes::RoundKeys> expanded(keys.shape(0));
  std::vector<Block> plain(keys.shape(0));
  std::memcpy(plain.data(), keys.data(), plain.size() * sizeof(Block));
  aes::kernels().expand(plain.data(), expanded.data(), plain.size());
  const auto depth = static_cast<std::size_t>(bits);
  Owned<Block> sum(stripe_blocks), row(depth * stripe_blocks);
  extension_kernels(aes::isa_named(isa)).fold(expanded.data(), bits, punctured, first, blocks, sum.data(), row.data());
  return std::make_pair(sum.release<std::uint8_t>({stripe_blocks, 16}),
                        row.release<std::uint8_t>({depth, stripe_blocks, 16}));
}

Out<std::uint8_t> transpose(const std::string& isa,
                            const In<std::uint8_t, nb::shape<rows, stripe_blocks * sizeof(Block)>>& in,
                            std::size_t blocks) {
  if (blocks > stripe_blocks) throw nb::value_error("at most one stripe");
  std::vector<Block> matrix(rows * stripe_blocks);
  std::memcpy(matrix.data(), in.data(), matrix.size() * sizeof(Block));
  Owned<Block> out(stripe_blocks * transfers_per_block);
  extension_kernels(aes::isa_named(isa)).transpose(matrix.data(), blocks, out.data());
  return out.release<std::uint8_t>({stripe_blocks * transfers_per_block, 16});
}

aes::RoundKeys expanded(const KeyBytes& key) {
  const Block plain = block_of(key);
  aes::RoundKeys out;
  aes::kernels().expand(&plain, &out, 1);
  return out;
}

TwoArrays grow(const std::string& isa, const KeyBytes& key, const BlockRows& nodes) {
  const std::size_t width = nodes.shape(0);
  if (width < 1 || (width & (width - 1)) != 0) throw nb::value_error("a level has a power of two of nodes");
  Owned<Block> out(2 * width), sum(1);
  std::memcpy(static_cast<void*>(out.data()), nodes.data(), width * sizeof(Block));
  *sum.data() = extension_kernels(aes::isa_named(isa)).grow(expanded(key), out.data(), width);
  return std::make_pair(out.release<std::uint8_t>({2 * width, 16}), sum.release<std::uint8_t>({16}));
}

LpnMatrix matrix_for(const KeyBytes& key, const BlockRows& secret) {
  for (const LpnSet& set : lpn_sets) {
    if (set.secret() == secret.shape(0)) return lpn_matrix(block_of(key), set.log_secret);
  }
  throw nb::value_error("no set has a secret of this length");
}

Out<std::uint8_t> lpn_encode(const std::string& isa, const KeyBytes& key, std::uint64_t first, const BlockRows& secret,
                             const BlockRows& leaves, std::size_t noisy) {
  const LpnMatrix matrix = matrix_for(key, secret);
  const auto base = blocks_of(secret), in = blocks_of(leaves);
  Owned<Block> out(in.size());
  extension_kernels(aes::isa_named(isa)).encode({matrix, first, base.data(), in.data(), in.size(), noisy}, out.data());
  return out.release<std::uint8_t>({in.size(), 16});
}

std::tuple<Out<std::uint8_t>, Out<std::uint8_t>, Out<std::uint8_t>> lpn_encode_hashed(
    const std::string& isa, const KeyBytes& key, std::uint64_t first, const BlockRows& secret, const BlockRows& leaves,
    std::size_t noisy, const KeyBytes& start, std::uint64_t position, const KeyBytes& delta, bool both) {
  const LpnMatrix matrix = matrix_for(key, secret);
  const auto base = blocks_of(secret), in = blocks_of(leaves);
  const std::size_t n = in.size(), second = both ? n : 0;
  Owned<Block> out(n), hash0(n), hash1(second);
  extension_kernels(aes::isa_named(isa))
      .encode_hashed({matrix, first, base.data(), in.data(), n, noisy}, out.data(),
                     {block_of(start), position, block_of(delta), hash0.data(), both ? hash1.data() : nullptr});
  return {out.release<std::uint8_t>({n, 16}), hash0.release<std::uint8_t>({n, 16}),
          hash1.release<std::uint8_t>({second, 16})};
}

Out<std::uint8_t> multiply(const std::string& isa, const KeyBytes& a, const KeyBytes& b) {
  Owned<Block> out(1);
  *out.data() = extension_kernels(aes::isa_named(isa)).multiply(block_of(a), block_of(b));
  return out.release<std::uint8_t>({16});
}

Out<std::uint8_t> evaluate(const std::string& isa, const KeyBytes& chi, const BlockRows& in) {
  const auto blocks = blocks_of(in);
  Owned<Block> out(1);
  *out.data() = extension_kernels(aes::isa_named(isa)).evaluate(powers_of(block_of(chi)), blocks.data(), blocks.size());
  return out.release<std::uint8_t>({16});
}

TwoArrays correlated_tree(const KeyBytes& key, const KeyBytes& delta, const BlockRows& q) {
  const auto base = blocks_of(q);
  if (base.empty() || base.size() > 20) throw nb::value_error("depth in 1..20");
  Owned<Block> leaves(std::size_t{1} << base.size());
  Owned<std::uint8_t> corrections((base.size() - 1) * sizeof(Block));
  grow_correlated_tree(expanded(key), block_of(delta), base, leaves.span(), corrections.span());
  return std::make_pair(leaves.release<std::uint8_t>({std::size_t{1} << base.size(), 16}),
                        corrections.release({base.size() - 1, 16}));
}

std::pair<Out<std::uint8_t>, std::size_t> punctured_tree(const KeyBytes& key, const BlockRows& t,
                                                         const BlockRows& corrections) {
  const auto base = blocks_of(t);
  if (base.empty() || base.size() > 20) throw nb::value_error("depth in 1..20");
  Owned<Block> leaves(std::size_t{1} << base.size());
  const std::size_t alpha =
      grow_punctured_tree(expanded(key), base, {corrections.data(), corrections.size()}, leaves.span());
  return std::make_pair(leaves.release<std::uint8_t>({std::size_t{1} << base.size(), 16}), alpha);
}

}  // namespace

void bind_kernels(nb::module_& module) {
  using namespace nb::literals;
  module.def("isas", &aes::supported_names,
             "Names of the instruction sets this CPU and build support; 'portable' is the reference.");
  module.def(
      "use_isa", [](const std::string& isa) { aes::use_isa(aes::isa_named(isa)); }, "isa"_a,
      "From now on, in new objects and whatever is not told otherwise. For tests.");
  module.attr("STRIPE_BLOCKS") = stripe_blocks;
  module.def("fold", &fold, "isa"_a, "keys"_a, "bits"_a, "punctured"_a, "first"_a, "blocks"_a,
             "(sum uint8 [32, 16], rows uint8 [bits, 32, 16]) of one group's leaves; the first `blocks` are defined.");
  module.def("transpose", &transpose, "isa"_a, "matrix"_a, "blocks"_a,
             "uint8 [4096, 16]: the bit transpose of uint8 [128, 512]; the first 128 * blocks rows are defined.");
  module.def("grow", &grow, "isa"_a, "key"_a, "nodes"_a,
             "(the next level uint8 [2 n, 16], the sum of its first half) of a correlated tree's level uint8 [n, 16].");
  module.def("lpn_encode", &lpn_encode, "isa"_a, "key"_a, "first"_a, "secret"_a, "leaves"_a, "noisy"_a,
             "Rows first, first + 1, ... of the code that key draws on secret uint8 [2^16..2^19, 16], added to leaves "
             "uint8 [n, 16]; bit 0 of row noisy, if it is below n, is turned over.");
  module.def("lpn_encode_hashed", &lpn_encode_hashed, "isa"_a, "key"_a, "first"_a, "secret"_a, "leaves"_a, "noisy"_a,
             "start"_a, "position"_a, "delta"_a, "both"_a,
             "The same, and its hashes by position under start; the last array, those with delta, is empty without "
             "both.");
  module.def("multiply", &multiply, "isa"_a, "a"_a, "b"_a, "The product in GF(2^128), uint8 [16].");
  module.def("evaluate", &evaluate, "isa"_a, "chi"_a, "blocks"_a,
             "The sum of block i times chi^(n - i) over blocks uint8 [n, 16] in GF(2^128).");
  module.def("correlated_tree", &correlated_tree, "key"_a, "delta"_a, "q"_a,
             "(leaves uint8 [2^depth, 16], corrections uint8 [depth - 1, 16]) from q uint8 [depth, 16].");
  module.def("punctured_tree", &punctured_tree, "key"_a, "t"_a, "corrections"_a,
             "(leaves uint8 [2^depth, 16], alpha) from t uint8 [depth, 16].");
}

}  // namespace veilward::ot
