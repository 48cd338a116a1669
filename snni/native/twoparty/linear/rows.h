#pragma once
// Rows of a kernel's arrays, shared among the pool's threads: each is a ciphertext with streams of its own.

#include "parallel/pool.h"

namespace veilward::linear {

/// one(i) for each row. A slice has at least two: what a transform takes is worth a thread's waking.
template <class One>
void by_rows(std::size_t count, const One& one) {
  split(count, 2, [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) one(i);
  });
}

}  // namespace veilward::linear
