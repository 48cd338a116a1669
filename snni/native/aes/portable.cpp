/// The reference: AES-128 as FIPS 197 writes it, four blocks at a time.
/// SubBytes runs on bit planes as x^254 and the affine map, so no secret indexes memory.
#include <algorithm>
#include <cstring>

#include "aes/isa_tables.h"

namespace veilward::aes {
namespace {

using Planes = std::array<std::uint64_t, 8>;  // plane p: bit p of 64 bytes, in one fixed order
using State = std::array<std::uint8_t, 64>;   // four blocks
static_assert(sizeof(Planes) == sizeof(State));

void swap_bits(std::uint64_t& a, std::uint64_t& b, int shift, std::uint64_t mask) {
  const std::uint64_t t = ((a >> shift) ^ b) & mask;
  b ^= t;
  a ^= t << shift;
}

/// Transposes bit-in-byte with word index; its own inverse.
void transpose(Planes& w) {
  for (std::size_t i = 0; i < 4; ++i) swap_bits(w[i], w[i + 4], 4, 0x0f0f0f0f0f0f0f0fULL);
  for (std::size_t i : {0, 1, 4, 5}) swap_bits(w[i], w[i + 2], 2, 0x3333333333333333ULL);
  for (std::size_t i : {0, 2, 4, 6}) swap_bits(w[i], w[i + 1], 1, 0x5555555555555555ULL);
}

/// Product in GF(2)[x] / (x^8 + x^4 + x^3 + x + 1) of each byte.
Planes multiply(const Planes& a, const Planes& b) {
  std::array<std::uint64_t, 15> wide{};
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j < 8; ++j) wide[i + j] ^= a[i] & b[j];
  }
  for (std::size_t i = 14; i >= 8; --i) {
    for (std::size_t tap : {8, 7, 5, 4}) wide[i - tap] ^= wide[i];
  }
  Planes out;
  std::copy_n(wide.begin(), 8, out.begin());
  return out;
}

Planes square(const Planes& a) { return multiply(a, a); }

void sub_bytes(State& state) {
  Planes x;
  std::memcpy(x.data(), state.data(), sizeof x);
  transpose(x);
  const Planes x2 = square(x);
  const Planes x3 = multiply(x2, x);
  const Planes x12 = square(square(x3));
  const Planes x15 = multiply(x12, x3);
  const Planes x240 = square(square(square(square(x15))));
  const Planes inverse = multiply(multiply(x240, x12), x2);  // x^254, and 0 for 0
  for (std::size_t i = 0; i < 8; ++i) {
    x[i] = inverse[i];
    for (std::size_t j = 4; j < 8; ++j) x[i] ^= inverse[(i + j) % 8];
    if ((0x63 >> i) & 1) x[i] = ~x[i];
  }
  transpose(x);
  std::memcpy(state.data(), x.data(), sizeof x);
}

void shift_rows(State& state) {
  const State from = state;
  for (std::size_t at = 0; at < 64; ++at) {
    const std::size_t block = at & ~std::size_t{15}, row = at % 4, column = at / 4 % 4;
    state[at] = from[block + 4 * ((column + row) % 4) + row];
  }
}

std::uint8_t times_x(std::uint8_t a) { return static_cast<std::uint8_t>((a << 1) ^ (0x1b & -(a >> 7))); }

void mix_columns(State& state) {
  for (std::size_t column = 0; column < 64; column += 4) {
    const std::array<std::uint8_t, 4> a{state[column], state[column + 1], state[column + 2], state[column + 3]};
    const std::uint8_t all = a[0] ^ a[1] ^ a[2] ^ a[3];
    for (std::size_t row = 0; row < 4; ++row) {
      state[column + row] = a[row] ^ all ^ times_x(a[row] ^ a[(row + 1) % 4]);
    }
  }
}

/// Four blocks, each under its own round key.
void add_round_keys(State& state, const std::array<Block, 4>& keys) {
  std::array<std::uint8_t, 64> bytes;
  std::memcpy(bytes.data(), keys.data(), sizeof bytes);
  for (std::size_t i = 0; i < 64; ++i) state[i] ^= bytes[i];
}

std::array<Block, 4> next_round_keys(const std::array<Block, 4>& keys, std::uint8_t rcon) {
  State key, word{};
  std::memcpy(key.data(), keys.data(), sizeof key);
  for (std::size_t block = 0; block < 64; block += 16) {
    for (std::size_t i = 0; i < 4; ++i) word[block + i] = key[block + 12 + (i + 1) % 4];
  }
  sub_bytes(word);
  for (std::size_t block = 0; block < 64; block += 16) {
    word[block] ^= rcon;
    for (std::size_t i = 0; i < 16; ++i) key[block + i] ^= i < 4 ? word[block + i] : key[block + i - 4];
  }
  std::array<Block, 4> out;
  std::memcpy(out.data(), key.data(), sizeof out);
  return out;
}

using FourKeys = std::array<std::array<Block, 4>, 11>;

FourKeys expand_four(const std::array<Block, 4>& keys) {
  FourKeys out{keys};
  std::uint8_t rcon = 1;
  for (std::size_t r = 1; r <= 10; ++r, rcon = times_x(rcon)) out[r] = next_round_keys(out[r - 1], rcon);
  return out;
}

std::array<Block, 4> encrypt_four(const FourKeys& keys, const std::array<Block, 4>& in) {
  State state;
  std::memcpy(state.data(), in.data(), sizeof state);
  add_round_keys(state, keys[0]);
  for (std::size_t r = 1; r <= 10; ++r) {
    sub_bytes(state);
    shift_rows(state);
    if (r < 10) mix_columns(state);
    add_round_keys(state, keys[r]);
  }
  std::array<Block, 4> out;
  std::memcpy(out.data(), state.data(), sizeof out);
  return out;
}

/// Calls body(offset, count) for groups of at most four.
template <class Body>
void by_four(std::size_t n, Body body) {
  for (std::size_t done = 0; done < n; done += 4) body(done, std::min<std::size_t>(4, n - done));
}

void expand(const Block* keys, RoundKeys* out, std::size_t n) {
  by_four(n, [&](std::size_t at, std::size_t count) {
    std::array<Block, 4> four{};
    std::copy_n(keys + at, count, four.begin());
    const FourKeys expanded = expand_four(four);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t r = 0; r <= 10; ++r) out[at + i].round[r] = expanded[r][i];
    }
  });
}

FourKeys same_four(const RoundKeys& key) {
  FourKeys out;
  for (std::size_t r = 0; r <= 10; ++r) out[r].fill(key.round[r]);
  return out;
}

void encrypt(const RoundKeys& key, const Block* in, Block* out, std::size_t n) {
  const FourKeys keys = same_four(key);
  by_four(n, [&](std::size_t at, std::size_t count) {
    std::array<Block, 4> four{};
    std::copy_n(in + at, count, four.begin());
    std::copy_n(encrypt_four(keys, four).begin(), count, out + at);
  });
}

void counter(const RoundKeys& key, std::uint64_t stream, std::uint64_t first, Block* out, std::size_t n) {
  const FourKeys keys = same_four(key);
  by_four(n, [&](std::size_t at, std::size_t count) {
    std::array<Block, 4> four{};
    for (std::size_t i = 0; i < count; ++i) four[i] = {first + at + i, stream};
    std::copy_n(encrypt_four(keys, four).begin(), count, out + at);
  });
}

void hash_pair(Block start, std::uint64_t first, const Block* in, Block delta, Block* out0, Block* out1,
               std::size_t n) {
  by_four(n, [&](std::size_t at, std::size_t count) {
    std::array<Block, 4> keys{}, x0{}, x1{};
    for (std::size_t i = 0; i < count; ++i) {
      keys[i] = start ^ Block { first + at + i, 0 };
      x0[i] = in[at + i];
      x1[i] = in[at + i] ^ delta;
    }
    const FourKeys expanded = expand_four(keys);
    const auto y0 = encrypt_four(expanded, x0), y1 = encrypt_four(expanded, x1);
    for (std::size_t i = 0; i < count; ++i) {
      out0[at + i] = y0[i] ^ x0[i];
      if (out1 != nullptr) out1[at + i] = y1[i] ^ x1[i];
    }
  });
}

void hash(Block start, std::uint64_t first, const Block* in, Block* out, std::size_t n) {
  hash_pair(start, first, in, Block{}, out, nullptr, n);
}

}  // namespace

const Kernels portable_kernels{expand, encrypt, counter, hash, hash_pair};

}  // namespace veilward::aes
