/// The extension's kernels for the tests: every instruction set by name.
#include <nanobind/stl/string.h>

#include <string>
#include <vector>

#include "ot/arrays.h"
#include "ot/bind.h"
#include "ot/isa_name.h"
#include "ot/kernels.h"

namespace nb = nanobind;

namespace veilward::ot {
namespace {

nb::tuple fold(const std::string& isa, const BlockRows& keys, int bits, bool punctured, std::uint64_t first,
               std::size_t blocks) {
  if (bits < 1 || bits > 8 || keys.shape(0) != std::size_t{1} << bits) throw nb::value_error("2^bits keys");
  if (blocks > stripe_blocks) throw nb::value_error("at most one stripe");
  std::vector<aes::RoundKeys> expanded(keys.shape(0));
  std::vector<Block> plain(keys.shape(0));
  std::memcpy(plain.data(), keys.data(), plain.size() * sizeof(Block));
  aes::kernels().expand(plain.data(), expanded.data(), plain.size());
  const auto depth = static_cast<std::size_t>(bits);
  Owned<Block> sum(stripe_blocks), row(depth * stripe_blocks);
  extension_kernels(isa_of(isa)).fold(expanded.data(), bits, punctured, first, blocks, sum.data(), row.data());
  return nb::make_tuple(sum.release<std::uint8_t>({stripe_blocks, 16}),
                        row.release<std::uint8_t>({depth, stripe_blocks, 16}));
}

Out<std::uint8_t> transpose(const std::string& isa,
                            const In<std::uint8_t, nb::shape<rows, stripe_blocks * sizeof(Block)>>& in,
                            std::size_t blocks) {
  if (blocks > stripe_blocks) throw nb::value_error("at most one stripe");
  std::vector<Block> matrix(rows * stripe_blocks);
  std::memcpy(matrix.data(), in.data(), matrix.size() * sizeof(Block));
  Owned<Block> out(stripe_blocks * transfers_per_block);
  extension_kernels(isa_of(isa)).transpose(matrix.data(), blocks, out.data());
  return out.release<std::uint8_t>({stripe_blocks * transfers_per_block, 16});
}

}  // namespace

void bind_kernels(nb::module_& module) {
  using namespace nb::literals;
  module.attr("STRIPE_BLOCKS") = stripe_blocks;
  module.def("fold", &fold, "isa"_a, "keys"_a, "bits"_a, "punctured"_a, "first"_a, "blocks"_a,
             "(sum uint8 [32, 16], rows uint8 [bits, 32, 16]) of one group's leaves; the first `blocks` are defined.");
  module.def("transpose", &transpose, "isa"_a, "matrix"_a, "blocks"_a,
             "uint8 [4096, 16]: the bit transpose of uint8 [128, 512]; the first 128 * blocks rows are defined.");
}

}  // namespace veilward::ot
