#include "twoparty/linear/limbs.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "twoparty/linear/isa.h"
#include "twoparty/linear/rows.h"

namespace veilward::linear {
namespace {

constexpr std::size_t kQuads = 64;    // groups of four terms at a time: their bytes of a chunk stay in the first cache
constexpr std::size_t kLowLimbs = 4;  // of a sum in two words: these in the lower one

/// Weights in panels [quads][rows][4], rows = 8, 4, 2 or 1, group after group; terms beyond the last weigh nothing.
class LimbPanels {
 public:
  LimbPanels(const Matrix& matrix, int max_rows)
      : matrix_(matrix), quads_((matrix.terms + 3) / 4), weights_(matrix.outputs * quads_ * 4) {
    const std::size_t per_group = matrix.outputs / matrix.groups;
    for (std::size_t left = per_group; left > 0; left -= heights_.back())
      heights_.push_back(std::min<std::size_t>(std::bit_floor(left), static_cast<std::size_t>(max_rows)));
    std::size_t m = 0;
    for (std::size_t group = 0; group < matrix.groups; ++group)
      for (const std::size_t rows : heights_) {
        std::int8_t* const panel = weights_.data() + m * quads_ * 4;
        for (std::size_t r = 0; r < rows; ++r) {
          const std::int8_t* const from = matrix.weights.data() + (m + r) * matrix.terms;
          std::size_t k = 0;
          for (; k + 4 <= matrix.terms; k += 4) std::memcpy(panel + k * rows + 4 * r, from + k, 4);
          std::copy_n(from + k, matrix.terms - k, panel + k * rows + 4 * r);
        }
        m += rows;
      }
  }

  /// All sums of `columns` columns of one limb from base on, a multiple of kLimbAlign: sums[outputs][kLimbChunk].
  void run(const std::uint8_t* base, std::size_t columns, std::uint8_t* packed, std::int32_t* sums,
           const LimbTileSet& tiles) const {
    for (std::size_t group = 0, m0 = 0; group < matrix_.groups; ++group, m0 += matrix_.outputs / matrix_.groups) {
      for (std::size_t q = 0; q < quads_; q += kQuads) {
        const std::size_t quads = std::min(kQuads, quads_ - q);
        for (std::size_t i = 0; i < quads; ++i) {
          std::int64_t offsets[4];
          for (std::size_t j = 0; j < 4; ++j)
            offsets[j] = matrix_.offsets[group * matrix_.terms + std::min(4 * (q + i) + j, matrix_.terms - 1)];
          tiles.interleave(base, offsets, columns, packed + i * kLimbChunk * 4);
        }
        std::size_t m = m0;
        for (const std::size_t rows : heights_) {
          const LimbStrip strip{
              weights_.data() + (m * quads_ + q * rows) * 4, packed, quads, columns, sums + m * kLimbChunk, q > 0};
          tiles.strip[std::countr_zero(rows)](strip);
          m += rows;
        }
      }
    }
  }

 private:
  const Matrix& matrix_;
  std::size_t quads_;
  std::vector<std::int8_t> weights_;
  std::vector<std::size_t> heights_;
};

VEILWARD_BODY void fold_body(const std::int32_t* sums, std::size_t n, int shift, i64* to) {
  for (std::size_t i = 0; i < n; ++i) to[i] += static_cast<i64>(sums[i]) << shift;
}

/// Of l limbs |high| < 2^(8 l - 8), and q > 2^(8 l - 3), so the quotient is below 2^28 and rounds to within 1/2 +
/// 2^-20: the residue lies in (-q, q), exact modulo 2^64.
VEILWARD_BODY void join_body(const i64* low, const i64* high, std::size_t n, u64 q, u64* out) {
  const double q_inverse = 1.0 / static_cast<double>(q);
  const double high_scale = 4294967296.0 * q_inverse;
  const double magic = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer
  for (std::size_t i = 0; i < n; ++i) {
    const double about = static_cast<double>(high[i]) * high_scale + static_cast<double>(low[i]) * q_inverse;
    const i64 quotient = static_cast<i64>((about + magic) - magic);
    u64 rest = (static_cast<u64>(high[i]) << 32) + static_cast<u64>(low[i]) - static_cast<u64>(quotient) * q;
    rest += q & (0 - (rest >> 63));
    out[i] = rest - (rest >= q ? q : 0);
  }
}

VEILWARD_BODY void low_bits_body(const i64* low, std::size_t n, int bits, std::uint32_t* out) {
  const std::uint32_t mask = (1u << bits) - 1;
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::uint32_t>(static_cast<u64>(low[i])) & mask;
}

VEILWARD_BODY void limb_body(const u64* values, std::size_t n, int shift, std::uint8_t* to) {
  for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<std::uint8_t>(values[i] >> shift);
}

VEILWARD_BODY void negated_limb_body(const u64* values, std::size_t n, u64 q, int shift, std::uint8_t* to) {
  for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<std::uint8_t>((values[i] == 0 ? 0 : q - values[i]) >> shift);
}

VEILWARD_DISPATCH(fold, (const std::int32_t* sums, std::size_t n, int shift, i64* to), (sums, n, shift, to))
VEILWARD_DISPATCH(join, (const i64* low, const i64* high, std::size_t n, u64 q, u64* out), (low, high, n, q, out))
VEILWARD_DISPATCH(low_bits, (const i64* low, std::size_t n, int bits, std::uint32_t* out), (low, n, bits, out))
VEILWARD_DISPATCH(limb, (const u64* values, std::size_t n, int shift, std::uint8_t* to), (values, n, shift, to))
VEILWARD_DISPATCH(negated_limb, (const u64* values, std::size_t n, u64 q, int shift, std::uint8_t* to),
                  (values, n, q, shift, to))

/// done(first, width, low, high) for each chunk of columns; low, high: sums of limbs 0..3 and of those above,
/// [outputs][kLimbChunk].
template <class Done>
void by_chunks(const Matrix& matrix, const Limbs& operands, std::size_t columns, const LimbTileSet& tiles,
               const Done& done) {
  const LimbPanels panels(matrix, tiles.max_rows);
  split((columns + kLimbChunk - 1) / kLimbChunk, 1, [&](std::size_t begin, std::size_t end) {
    const std::size_t size = matrix.outputs * kLimbChunk;
    std::vector<std::uint8_t> packed(kQuads * kLimbChunk * 4);
    std::vector<std::int32_t> sums(size);
    std::vector<i64> words[2];
    for (auto& word : words) word.resize(size);
    for (std::size_t first = begin * kLimbChunk; first < std::min(end * kLimbChunk, columns); first += kLimbChunk) {
      const std::size_t width = std::min(kLimbChunk, columns - first);
      for (auto& word : words) std::fill(word.begin(), word.end(), 0);
      for (std::size_t l = 0; l < operands.count; ++l) {
        panels.run(operands.planes + l * operands.plane + first, align_limbs(width), packed.data(), sums.data(), tiles);
        fold(sums.data(), size, static_cast<int>(8 * (l % kLowLimbs)), words[l / kLowLimbs].data());
      }
      done(first, width, words[0].data(), words[1].data());
    }
  });
}

}  // namespace

void residue_limbs(std::span<const u64> values, std::size_t n, u64 q, std::size_t limbs, std::size_t extension,
                   std::size_t stride, std::uint8_t* planes) {
  const std::size_t rows = values.size() / n;
  by_rows(rows, [&](std::size_t row) {
    const u64* const from = values.data() + row * n;
    for (std::size_t l = 0; l < limbs; ++l) {
      std::uint8_t* const to = planes + (l * rows + row) * stride;
      const int shift = static_cast<int>(8 * l);
      limb(from, n, shift, to);
      negated_limb(from, extension, q, shift, to + n);
      std::fill(to + n + extension, to + stride, std::uint8_t{0});
    }
  });
}

void word_limbs(std::span<const std::uint32_t> values, std::size_t limbs, std::uint8_t* planes) {
  for (std::size_t l = 0; l < limbs; ++l)
    for (std::size_t i = 0; i < values.size(); ++i)
      planes[l * values.size() + i] = static_cast<std::uint8_t>(values[i] >> (8 * l));
}

void limb_product_mod(const Matrix& matrix, const Limbs& operands, u64 q, std::size_t columns, u64* out,
                      const LimbTileSet& tiles) {
  by_chunks(matrix, operands, columns, tiles,
            [&](std::size_t first, std::size_t width, const i64* low, const i64* high) {
              for (std::size_t m = 0; m < matrix.outputs; ++m)
                join(low + m * kLimbChunk, high + m * kLimbChunk, width, q, out + m * columns + first);
            });
}

void limb_product_ring(const Matrix& matrix, const Limbs& operands, int ring_bits, std::size_t columns,
                       std::uint32_t* out, const LimbTileSet& tiles) {
  by_chunks(matrix, operands, columns, tiles, [&](std::size_t first, std::size_t width, const i64* low, const i64*) {
    for (std::size_t m = 0; m < matrix.outputs; ++m)
      low_bits(low + m * kLimbChunk, width, ring_bits, out + m * columns + first);
  });
}

bool has_limb_tiles() { return best_isa() >= Isa::avx512vnni; }

const LimbTileSet& best_limb_tiles() {
#if defined(__x86_64__)
  if (has_limb_tiles()) return vnni_limb_tiles();
#endif
  return portable_limb_tiles();
}

}  // namespace veilward::linear
