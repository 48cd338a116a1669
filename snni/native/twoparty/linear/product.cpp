#include "twoparty/linear/product.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "twoparty/linear/isa.h"
#include "twoparty/linear/rows.h"

namespace veilward::linear {
namespace {

constexpr std::size_t kChunk = 96;   // columns at a time: operands and sums of a chunk stay in the second-level cache
constexpr std::size_t kDepth = 512;  // terms at a time

/// Weights as doubles in panels [terms][rows], rows = 8, 4, 2 or 1, group after group.
class Panels {
 public:
  Panels(const Matrix& matrix, int max_rows) : matrix_(matrix), values_(matrix.outputs * matrix.terms) {
    const std::size_t per_group = matrix.outputs / matrix.groups;
    for (std::size_t first = 0, left = per_group; left > 0;) {
      const std::size_t rows = std::min<std::size_t>(std::bit_floor(left), static_cast<std::size_t>(max_rows));
      heights_.push_back(rows);
      first += rows;
      left -= rows;
    }
    double* at = values_.data();
    std::size_t m = 0;
    for (std::size_t group = 0; group < matrix.groups; ++group)
      for (const std::size_t rows : heights_) {
        for (std::size_t k = 0; k < matrix.terms; ++k)
          for (std::size_t r = 0; r < rows; ++r) *at++ = matrix.weights[(m + r) * matrix.terms + k];
        m += rows;
      }
  }

  /// All sums of columns [first, first + columns): sums[outputs][kChunk].
  void run(const double* base, std::size_t first, std::size_t columns, double* sums, const TileSet& tiles) const {
    const std::size_t terms = matrix_.terms;
    for (std::size_t group = 0, m0 = 0; group < matrix_.groups; ++group, m0 += matrix_.outputs / matrix_.groups) {
      for (std::size_t k = 0; k < terms; k += kDepth) {
        std::size_t m = m0;
        for (const std::size_t rows : heights_) {
          const Strip strip{values_.data() + m * terms + k * rows,
                            base + first,
                            matrix_.offsets.data() + group * terms + k,
                            std::min(kDepth, terms - k),
                            columns,
                            sums + m * kChunk,
                            kChunk,
                            k > 0};
          tiles.strip[std::countr_zero(rows)](strip);
          m += rows;
        }
      }
    }
  }

 private:
  const Matrix& matrix_;
  std::vector<double> values_;
  std::vector<std::size_t> heights_;
};

/// |high| < 2^(digit_bits + 25) and q > 2^(2 digit_bits - 1), so the quotient is below 2^26 and rounds to within 1/2 +
/// 2^-20: the residue lies in (-q, q), exact modulo 2^64.
VEILWARD_BODY void recombine_body(const double* low, const double* high, std::size_t n, int digit_bits, u64 q,
                                  u64* out) {
  const double q_inverse = 1.0 / static_cast<double>(q);
  const double high_scale = static_cast<double>(u64{1} << digit_bits) * q_inverse;
  const double magic = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer
  for (std::size_t i = 0; i < n; ++i) {
    const i64 quotient = static_cast<i64>((high[i] * high_scale + low[i] * q_inverse + magic) - magic);
    const u64 sum =
        (static_cast<u64>(static_cast<i64>(high[i])) << digit_bits) + static_cast<u64>(static_cast<i64>(low[i]));
    u64 rest = sum - static_cast<u64>(quotient) * q;
    rest += q & (0 - (rest >> 63));
    out[i] = rest - (rest >= q ? q : 0);
  }
}

VEILWARD_BODY void reduce_ring_body(const double* sum, std::size_t n, int bits, std::uint32_t* out) {
  const std::uint32_t mask = (1u << bits) - 1;
  for (std::size_t i = 0; i < n; ++i)
    out[i] = static_cast<std::uint32_t>(static_cast<u64>(static_cast<i64>(sum[i]))) & mask;
}

VEILWARD_BODY void split_digits_body(const u64* values, std::size_t n, u64 q, int bits, double* d0, double* d1) {
  const i64 half = i64{1} << (bits - 1), mask = (i64{1} << bits) - 1;
  const u64 middle = q / 2;
  for (std::size_t i = 0; i < n; ++i) {
    const i64 centred = static_cast<i64>(values[i] - (values[i] > middle ? q : 0));
    const i64 low = ((centred + half) & mask) - half;
    d0[i] = static_cast<double>(low);
    d1[i] = static_cast<double>((centred - low) >> bits);
  }
}

VEILWARD_DISPATCH(recombine, (const double* low, const double* high, std::size_t n, int digit_bits, u64 q, u64* out),
                  (low, high, n, digit_bits, q, out))
VEILWARD_DISPATCH(reduce_ring, (const double* sum, std::size_t n, int bits, std::uint32_t* out), (sum, n, bits, out))
VEILWARD_DISPATCH(split_digits, (const u64* values, std::size_t n, u64 q, int bits, double* d0, double* d1),
                  (values, n, q, bits, d0, d1))

}  // namespace

void product_mod(const Matrix& matrix, const double* const digits[2], int digit_bits, u64 q, std::size_t columns,
                 u64* out, const TileSet& tiles) {
  const Panels panels(matrix, tiles.max_rows);
  split((columns + kChunk - 1) / kChunk, 1, [&](std::size_t begin, std::size_t end) {
    std::vector<double> low(matrix.outputs * kChunk), high(matrix.outputs * kChunk);
    for (std::size_t first = begin * kChunk; first < std::min(end * kChunk, columns); first += kChunk) {
      const std::size_t width = std::min(kChunk, columns - first);
      panels.run(digits[0], first, align_columns(width), low.data(), tiles);
      panels.run(digits[1], first, align_columns(width), high.data(), tiles);
      for (std::size_t m = 0; m < matrix.outputs; ++m)
        recombine(&low[m * kChunk], &high[m * kChunk], width, digit_bits, q, out + m * columns + first);
    }
  });
}

void product_ring(const Matrix& matrix, const double* values, int ring_bits, std::size_t columns, std::uint32_t* out,
                  const TileSet& tiles) {
  const Panels panels(matrix, tiles.max_rows);
  split((columns + kChunk - 1) / kChunk, 1, [&](std::size_t begin, std::size_t end) {
    std::vector<double> sums(matrix.outputs * kChunk);
    for (std::size_t first = begin * kChunk; first < std::min(end * kChunk, columns); first += kChunk) {
      const std::size_t width = std::min(kChunk, columns - first);
      panels.run(values, first, align_columns(width), sums.data(), tiles);
      for (std::size_t m = 0; m < matrix.outputs; ++m)
        reduce_ring(&sums[m * kChunk], width, ring_bits, out + m * columns + first);
    }
  });
}

const TileSet& best_tiles() {
#if defined(__x86_64__)
  if (best_isa() >= Isa::avx512) return avx512_tiles();
  if (best_isa() == Isa::avx2) return avx2_tiles();
#endif
  return portable_tiles();
}

void signed_digits(std::span<const u64> values, std::size_t n, u64 q, int digit_bits, std::size_t extension,
                   std::size_t stride, double* d0, double* d1) {
  by_rows(values.size() / n, [&](std::size_t row) {
    double* const to[2] = {d0 + row * stride, d1 + row * stride};
    split_digits(values.data() + row * n, n, q, digit_bits, to[0], to[1]);
    for (double* const digit : to) {
      for (std::size_t i = 0; i < extension; ++i) digit[n + i] = -digit[i];
      std::fill(digit + n + extension, digit + stride, 0.0);
    }
  });
}

}  // namespace veilward::linear
