#pragma once
// The register-blocked heart of the indirect product, written once over GCC vectors of W doubles and compiled by each
// tile_*.cpp with its own flags. Everything here has internal linkage, so no variant's code leaks into another's.

#include "twoparty/linear/product.h"

namespace veilward::linear {
namespace {

template <int W, int Rows, int Vectors>
inline __attribute__((always_inline)) void tile(const Strip& s, std::size_t column) {
  typedef double Vec __attribute__((vector_size(W * 8), aligned(8), may_alias));
  Vec sum[Rows][Vectors];
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Vectors; ++v)
      sum[r][v] = s.accumulate ? *reinterpret_cast<const Vec*>(s.out + r * s.stride + column + v * W) : Vec{};
  const double* panel = s.panel;
  for (std::size_t k = 0; k < s.depth; ++k, panel += Rows) {
    const double* row = s.base + s.offsets[k] + column;
    Vec x[Vectors];
    for (int v = 0; v < Vectors; ++v) x[v] = *reinterpret_cast<const Vec*>(row + v * W);
    for (int r = 0; r < Rows; ++r)
      for (int v = 0; v < Vectors; ++v) sum[r][v] += x[v] * panel[r];
  }
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Vectors; ++v) *reinterpret_cast<Vec*>(s.out + r * s.stride + column + v * W) = sum[r][v];
}

template <int W, int Rows, int Vectors>
void strip(const Strip& s) {
  std::size_t column = 0;
  for (; column + W * Vectors <= s.columns; column += W * Vectors) tile<W, Rows, Vectors>(s, column);
  for (; column < s.columns; column += W) tile<W, Rows, 1>(s, column);
}

}  // namespace
}  // namespace veilward::linear
