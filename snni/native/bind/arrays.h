/// numpy arrays in and out of kernels: typed, contiguous, borrowed in, owned out; and seeds.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <stdexcept>

#include "bind/strict_array.h"

namespace veilward::bind {

template <class T, class... Shape>
using In = Strict<nanobind::ndarray<const T, Shape..., nanobind::c_contig, nanobind::device::cpu>>;
template <class T, class... Shape>
using Edit = Strict<nanobind::ndarray<T, Shape..., nanobind::c_contig, nanobind::device::cpu>>;
template <class T>
using Out = nanobind::ndarray<nanobind::numpy, T>;

template <class Array>
auto span(const Array& array) {
  return std::span(array.data(), array.size());
}

/// An uninitialised array of n elements that becomes a numpy array without a copy. It is filled without the GIL.
template <class T>
class Owned {
 public:
  explicit Owned(std::size_t n) : data_(std::make_unique_for_overwrite<T[]>(n)), size_(n) {}
  [[nodiscard]] T* data() { return data_.get(); }
  [[nodiscard]] std::span<T> span() { return {data_.get(), size_}; }

  /// Hands the memory to Python. Needs the GIL.
  template <class Element = T>
  [[nodiscard]] Out<Element> release(std::initializer_list<std::size_t> shape) {
    T* const data = data_.get();
    nanobind::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
    static_cast<void>(data_.release());
    return Out<Element>(reinterpret_cast<Element*>(data), shape, owner);
  }

 private:
  std::unique_ptr<T[]> data_;
  std::size_t size_;
};

/// Throws std::invalid_argument unless it has 16 bytes.
inline std::span<const std::uint8_t, 16> seed_of(const nanobind::bytes& seed) {
  if (seed.size() != 16) throw std::invalid_argument("a seed has 16 bytes");
  return std::span<const std::uint8_t, 16>(reinterpret_cast<const std::uint8_t*>(seed.c_str()), 16);
}

}  // namespace veilward::bind
