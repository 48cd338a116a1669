/// Products in GF(2^128) over a vector of lanes V (aes/vec_x86.h, aes/vec_arm.h). Internal linkage.
/// Products are added up before they are reduced: one reduction for as many as there are powers.
#pragma once

#include "ot/field.h"

namespace veilward::ot {
namespace {

/// Sums of unreduced products, lane by lane.
template <class V>
struct Products {
  typename V::T lo{}, middle{}, hi{};

  void add(typename V::T a, typename V::T b) {
    lo = V::bxor(lo, V::template clmul<0x00>(a, b));
    middle = V::bxor(middle, V::bxor(V::template clmul<0x01>(a, b), V::template clmul<0x10>(a, b)));
    hi = V::bxor(hi, V::template clmul<0x11>(a, b));
  }
  [[nodiscard]] Block reduced() const { return reduce_product(joined(lo), joined(middle), joined(hi)); }

 private:
  static Block joined(typename V::T x) {
    Block parts[V::lanes], out;
    V::store(parts, x);
    for (const Block& part : parts) out ^= part;
    return out;
  }
};

template <class V>
Block multiply_lane(Block a, Block b) {
  Block x[V::lanes] = {a}, y[V::lanes] = {b};
  Products<V> products;
  products.add(V::load(x), V::load(y));
  return products.reduced();
}

/// sum chi^n + XOR_i in[i] chi^(n - i) for n < Powers::count.
template <class V>
Block evaluate_rest(const Powers& powers, Block sum, const Block* in, std::size_t n) {
  Products<V> products;
  for (std::size_t i = 0; i < n; ++i) {
    Block x[V::lanes] = {in[i] ^ (i == 0 ? sum : Block{})}, y[V::lanes] = {powers.of[Powers::count - n + i]};
    products.add(V::load(x), V::load(y));
  }
  return n == 0 ? sum : products.reduced();
}

template <class V>
Block evaluate_lanes(const Powers& powers, const Block* in, std::size_t n) {
  Block sum;
  std::size_t done = 0;
  for (; done + Powers::count <= n; done += Powers::count) {
    Block before[V::lanes] = {sum};
    Products<V> products;
    products.add(V::bxor(V::load(in + done), V::load(before)), V::load(powers.of.data()));
    for (std::size_t i = V::lanes; i < Powers::count; i += V::lanes) {
      products.add(V::load(in + done + i), V::load(powers.of.data() + i));
    }
    sum = products.reduced();
  }
  return evaluate_rest<V>(powers, sum, in + done, n - done);
}

}  // namespace
}  // namespace veilward::ot
