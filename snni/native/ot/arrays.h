/// numpy arrays in and out of kernels: typed, contiguous, borrowed in, owned out.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstring>
#include <memory>
#include <span>

#include "aes/aes128.h"
#include "bind/strict_array.h"

namespace veilward::ot {

template <class T, class... Shape>
using In = bind::Strict<nanobind::ndarray<const T, Shape..., nanobind::c_contig, nanobind::device::cpu>>;
template <class T>
using Out = nanobind::ndarray<nanobind::numpy, T>;

using KeyBytes = In<std::uint8_t, nanobind::shape<16>>;
using BlockRows = In<std::uint8_t, nanobind::shape<-1, 16>>;

/// An uninitialised array of n elements that becomes a numpy array without a copy. Blocks are aligned.
template <class T>
class Owned {
 public:
  explicit Owned(std::size_t n) : data_(new T[n]), size_(n) {}
  [[nodiscard]] T* data() { return data_.get(); }
  [[nodiscard]] std::span<T> span() { return {data_.get(), size_}; }

  /// Hands the memory to Python. Needs the GIL.
  template <class Element = T>
  [[nodiscard]] Out<Element> release(std::initializer_list<std::size_t> shape) {
    T* data = data_.release();
    nanobind::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
    return Out<Element>(reinterpret_cast<Element*>(data), shape, owner);
  }

 private:
  std::unique_ptr<T[]> data_;
  std::size_t size_;
};

inline aes::Block block_of(const KeyBytes& bytes) {
  aes::Block out;
  std::memcpy(&out, bytes.data(), sizeof out);
  return out;
}

}  // namespace veilward::ot
