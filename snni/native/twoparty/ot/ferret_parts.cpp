#include <algorithm>
#include <cstring>

#include "twoparty/ot/ferret.h"

namespace veilward::ot {
namespace {

/// The most that are encoded and hashed before their results are made.
constexpr std::size_t part = 1024;

/// The last `count` of those that end at `end`, to where the next ones begin.
void carry(std::vector<Block>& blocks, std::size_t begin, std::size_t end, std::size_t count) {
  std::memmove(static_cast<void*>(blocks.data() + begin - count), blocks.data() + end - count, count * sizeof(Block));
}

}  // namespace

std::size_t Ferret::part_rows() const { return std::min(part, set_.leaves()); }

LpnRows Ferret::rows(const Tree& tree, const Block* leaves, std::size_t from, std::size_t n) const {
  return {matrix_, tree.row + from, base_.data(), leaves + from, n, tree.alpha - from};
}

/// Of what a lane has from the demand's place `at` on.
Hashes Ferret::hashes(const Demand& demand, Lane& lane, std::size_t at) const {
  return {start_, demand.first + at, delta_, lane.hash0.data() + most_whole,
          demand.hashes == 2 ? lane.hash1.data() + most_whole : nullptr};
}

/// Ready for what begins at `at`: `carried` are the last ones before it, which another lane may have had.
void Ferret::resume(const Demand& demand, Lane& lane, std::size_t at, const Carried& carried) const {
  lane.carried = at % demand.whole;
  const std::size_t begin = most_whole - lane.carried;
  std::copy(carried.begin() + static_cast<std::ptrdiff_t>(begin), carried.end(),
            lane.transfers.begin() + static_cast<std::ptrdiff_t>(begin));
  const Block* const from = lane.transfers.data() + begin;
  const std::uint64_t first = demand.first + at - lane.carried;
  if (demand.hashes == 1) aes::kernels().hash(start_, first, from, lane.hash0.data() + begin, lane.carried);
  if (demand.hashes == 2)
    aes::kernels().hash_pair(start_, first, from, delta_, lane.hash0.data() + begin, lane.hash1.data() + begin,
                             lane.carried);
}

/// n transfers of a tree, of its leaves from `from` on, for the demand's places `at` and on.
void Ferret::serve(const Demand& demand, const Take& take, Lane& lane, const Tree& tree, const Block* leaves,
                   std::size_t from, std::size_t n, std::size_t at) const {
  for (std::size_t done = 0, size; done < n; done += size, from += size, at += size) {
    size = std::min(part_rows(), n - done);
    Block* const out = lane.transfers.data() + most_whole;
    if (demand.hashes == 0)
      extension_kernels().encode(rows(tree, leaves, from, size), out);
    else
      extension_kernels().encode_hashed(rows(tree, leaves, from, size), out, hashes(demand, lane, at));
    const std::size_t first = at - lane.carried, begin = most_whole - lane.carried, end = most_whole + size;
    const std::size_t used = std::min(at + size, demand.used),
                      count = used <= first ? 0 : (used - first) / demand.whole * demand.whole;
    take({first,
          {lane.transfers.data() + begin, count},
          {lane.hash0.data() + begin, count},
          {lane.hash1.data() + begin, count}});
    lane.carried = (at + size) % demand.whole;
    for (auto* made : {&lane.transfers, &lane.hash0, &lane.hash1}) carry(*made, most_whole, end, lane.carried);
  }
}

Ferret::Demand Ferret::demand(const Correlation& wanted, std::uint64_t first, int hashes) {
  return {wanted.blocks() * transfers_per_block, wanted.n * wanted.transfers(), wanted.transfers(),
          wanted.hashed() ? hashes : 0, first};
}

}  // namespace veilward::ot
