/// The reference kernels: sums, transposition, trees and encoding as they are defined.
#include <algorithm>
#include <array>

#include "aes/isa_tables.h"
#include "twoparty/ot/kernels.h"

namespace veilward::ot {
namespace {

void fold(const aes::RoundKeys* keys, int bits, bool punctured, std::uint64_t first, std::size_t blocks, Block* sum,
          Block* row) {
  std::fill_n(sum, blocks, Block{});
  for (int b = 0; b < bits; ++b) std::fill_n(row + static_cast<std::size_t>(b) * stripe_blocks, blocks, Block{});
  std::array<Block, stripe_blocks> leaf;
  for (std::size_t x = punctured ? 1 : 0; x < std::size_t{1} << bits; ++x) {
    aes::portable_kernels.counter(keys[x], 0, first, leaf.data(), blocks);
    for (std::size_t j = 0; j < blocks; ++j) {
      sum[j] ^= leaf[j];
      for (int b = 0; b < bits; ++b) {
        if ((x >> b) & 1) row[static_cast<std::size_t>(b) * stripe_blocks + j] ^= leaf[j];
      }
    }
  }
  aes::wipe(leaf.data(), sizeof leaf);
}

std::uint64_t bit_of(const Block& block, std::size_t at) { return ((at < 64 ? block.lo : block.hi) >> (at % 64)) & 1; }

void transpose(const Block* in, std::size_t blocks, Block* out) {
  for (std::size_t i = 0; i < transfers_per_block * blocks; ++i) {
    Block value;
    for (std::size_t r = 0; r < rows; ++r) {
      const std::uint64_t bit = bit_of(in[r * stripe_blocks + i / transfers_per_block], i % transfers_per_block);
      (r < 64 ? value.lo : value.hi) |= bit << (r % 64);
    }
    out[i] = value;
  }
}

std::uint64_t sigma(std::uint64_t half) { return (half << 32) ^ (half & 0xffffffff00000000ULL) ^ (half >> 32); }

Block grow(const aes::RoundKeys& key, Block* nodes, std::size_t width) {
  Block sum;
  for (std::size_t i = 0; i < width; ++i) {
    const Block in{sigma(nodes[i].lo), sigma(nodes[i].hi)};
    Block out;
    aes::portable_kernels.encrypt(key, &in, &out, 1);
    out ^= in;
    nodes[width + i] = out ^ nodes[i];
    nodes[i] = out;
    sum ^= out;
  }
  return sum;
}

void encode(const LpnRows& rows, Block* out) {
  const std::uint64_t columns = (std::uint64_t{1} << rows.matrix.log_columns) - 1;
  for (std::size_t i = 0; i < rows.n; ++i) {
    std::array<Block, 2> drawn;
    aes::portable_kernels.counter(rows.matrix.key, 0, 2 * (rows.first + i), drawn.data(), drawn.size());
    const std::array words{drawn[0].lo, drawn[0].hi, drawn[1].lo, drawn[1].hi};
    Block sum = rows.leaves[i] & Block{~1ULL, ~0ULL};
    for (std::size_t j = 0; j < lpn_weight; ++j)
      sum ^= rows.secret[(words[j / 3] >> (lpn_shifts[j % 3] + 4)) & columns];
    out[i] = sum;
  }
  if (rows.noisy < rows.n) out[rows.noisy].lo ^= 1;
}

void encode_hashed(const LpnRows& rows, Block* out, const Hashes& hashes) {
  encode(rows, out);
  const auto& [start, first, delta, hash0, hash1] = hashes;
  if (hash1 == nullptr)
    aes::portable_kernels.hash(start, first, out, hash0, rows.n);
  else
    aes::portable_kernels.hash_pair(start, first, out, delta, hash0, hash1, rows.n);
}

void low(const Block* in, std::size_t n, std::uint32_t mask, std::uint32_t* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::uint32_t>(in[i].lo) & mask;
}

/// Bits 0, 4, 8 ... of a word moved up by `at`: sums of products of such parts carry into the holes only.
constexpr std::uint64_t part(int at) { return 0x1111111111111111ULL << at; }

/// The low 64 bits of the carry-less product, by integer products with holes (Pornin, BearSSL, `ghash_ctmul64`).
std::uint64_t low_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t out = 0;
  for (int i = 0; i < 4; ++i) {
    std::uint64_t sum = 0;
    for (int j = 0; j < 4; ++j) sum ^= (a & part(j)) * (b & part((i - j) & 3));
    out |= sum & part(i);
  }
  return out;
}

std::uint64_t reversed(std::uint64_t x) {
  constexpr std::array<std::uint64_t, 3> masks{0x5555555555555555ULL, 0x3333333333333333ULL, 0x0f0f0f0f0f0f0f0fULL};
  for (int i = 0; i < 3; ++i) x = ((x & masks[i]) << (1 << i)) | ((x >> (1 << i)) & masks[i]);
  return __builtin_bswap64(x);
}

Block product(std::uint64_t a, std::uint64_t b) {
  return {low_product(a, b), reversed(low_product(reversed(a), reversed(b))) >> 1};
}

/// lo + middle X^64 + hi X^128 modulo the field's polynomial.
Block reduce_product(Block lo, Block middle, Block hi) {
  const std::uint64_t high = hi.hi, third = hi.lo ^ middle.hi ^ (high >> 63) ^ (high >> 62) ^ (high >> 57);
  const std::uint64_t second = lo.hi ^ middle.lo ^ high ^ (high << 1) ^ (high << 2) ^ (high << 7);
  return {lo.lo ^ third ^ (third << 1) ^ (third << 2) ^ (third << 7),
          second ^ (third >> 63) ^ (third >> 62) ^ (third >> 57)};
}

Block multiply(Block a, Block b) {
  return reduce_product(product(a.lo, b.lo), product(a.lo, b.hi) ^ product(a.hi, b.lo), product(a.hi, b.hi));
}

void powers(Block chi, Powers* out) {
  Block power = chi;
  for (std::size_t i = Powers::count; i-- > 0; power = multiply(power, chi)) out->of[i] = power;
}

Block evaluate(const Powers& powers, const Block* in, std::size_t n) {
  Block sum;
  for (std::size_t i = 0; i < n; ++i) sum = multiply(sum ^ in[i], powers.of[Powers::count - 1]);
  return sum;
}

}  // namespace

const Kernels portable_kernels{fold, transpose, grow, encode, encode_hashed, low, multiply, powers, evaluate};

}  // namespace veilward::ot
