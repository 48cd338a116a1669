#include "twoparty/linear/h2a.h"

#include "twoparty/linear/sample.h"

namespace veilward::linear {

void expand_masks(Seed seed, u64 first_stream, std::span<const std::int64_t> lengths, u64 q, std::span<u64> values) {
  for (std::size_t r = 0; r < lengths.size(); ++r) {
    const auto length = static_cast<std::size_t>(lengths[r]);
    if (length == 0) continue;
    aes::Prg prg(seed, first_stream + r);
    sample_uniform(prg, q, values.first(length));
    values = values.subspan(length);
  }
}

void mask_and_drop(std::span<const u64> c0, std::span<const std::int32_t> positions, std::span<const u64> masks, u64 q,
                   int drop, std::span<u64> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = sub_mod(c0[static_cast<std::size_t>(positions[i])], masks[i], q) >> drop;
}

void lift(std::span<u64> values, int drop, u64 q) {
  if (drop == 0) return;
  const u64 middle = u64{1} << (drop - 1);
  for (u64& v : values) {
    const u64 lifted = (v << drop) + middle;
    v = lifted - (lifted >= q ? q : 0);
  }
}

}  // namespace veilward::linear
