/// The parts of the extension module snni.twoparty._nonlinear, one function a file, and how they check arguments:
/// callers own every output, lengths and ranges are checked here, each with std::invalid_argument.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <stdexcept>

#include "bind/arrays.h"

namespace veilward::nonlinear {

using U32 = bind::In<std::uint32_t, nanobind::ndim<1>>;
using U16 = bind::In<std::uint16_t, nanobind::ndim<1>>;
using U8 = bind::In<std::uint8_t, nanobind::ndim<1>>;
using OutU32 = bind::Edit<std::uint32_t, nanobind::ndim<1>>;
using OutU8 = bind::Edit<std::uint8_t, nanobind::ndim<1>>;
using Rows = bind::In<std::uint32_t, nanobind::ndim<2>>;
using OutRows = bind::Edit<std::uint32_t, nanobind::ndim<2>>;

template <typename... Arrays>
void need(std::size_t n, const Arrays&... arrays) {
  if (((arrays.size() != n) || ...)) throw std::invalid_argument("arrays differ in length");
}

inline void need_range(int value, int low, int high, const char* what) {
  if (value < low || value > high) throw std::invalid_argument(what);
}

inline constexpr const char* kBits = "bits outside 1..32";

/// The pads of the bits above the window have 19 bits.
inline void need_extension(int window, int bits) {
  need_range(bits, 2, 32, kBits);
  need_range(window, bits > 19 ? bits - 19 : 1, bits - 1, "window outside bits-19..bits-1");
}

void bind_digits(nanobind::module_& module);
void bind_gate(nanobind::module_& module);
void bind_chosen_word(nanobind::module_& module);
void bind_extension(nanobind::module_& module);

}  // namespace veilward::nonlinear
