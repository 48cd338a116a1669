/// Arrays as parameters of a binding, taken as they are or refused. nanobind's own conversion copies an array of
/// another type or order: a result would be written into the copy and lost, and an input silently rounded. It also lets
/// unaligned arrays through, which kernels must not read. Strict<ndarray> refuses both; Python sees a TypeError.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <utility>

namespace veilward::bind {

template <class Array>
struct Strict : Array {
  Strict() = default;
  explicit Strict(Array&& array) : Array(std::move(array)) {}

  [[nodiscard]] bool aligned() const {
    return this->size() == 0 || reinterpret_cast<std::uintptr_t>(this->data()) % alignof(typename Array::Scalar) == 0;
  }
};

}  // namespace veilward::bind

namespace nanobind::detail {

template <class Array>
struct type_caster<veilward::bind::Strict<Array>> {
  NB_TYPE_CASTER(veilward::bind::Strict<Array>, make_caster<Array>::Name)

  template <class Flags>  // their type differs between versions of nanobind
  bool from_python(handle source, Flags flags, cleanup_list* cleanup) noexcept {
    make_caster<Array> inner;
    if (!inner.from_python(source, flags & ~static_cast<Flags>(cast_flags::convert), cleanup)) return false;
    value = veilward::bind::Strict<Array>(std::move(inner.value));
    return value.aligned();
  }
};

}  // namespace nanobind::detail
