/// Products in GF(2^128) over a vector of lanes V (aes/vec_x86.h, aes/vec_arm.h). Internal linkage.
/// Products are added up before they are reduced: one reduction for as many as there are powers. Lanes are joined last.
#pragma once

#include "twoparty/ot/kernels.h"

namespace veilward::ot {
namespace {

/// Sums of unreduced products, lane by lane.
template <class V>
struct Products {
  using T = typename V::T;

  T lo{}, middle{}, hi{};

  void add(T a, T b) {
    lo = V::bxor(lo, V::template clmul<0x00>(a, b));
    middle = V::bxor(middle, V::bxor(V::template clmul<0x01>(a, b), V::template clmul<0x10>(a, b)));
    hi = V::bxor(hi, V::template clmul<0x11>(a, b));
  }
  /// Modulo X^128 + X^7 + X^2 + X + 1: what lies above bit 128 comes down times X^7 + X^2 + X + 1, a word at a time.
  [[nodiscard]] T reduced() const {
    const auto tail = V::broadcast({0x87, 0});
    const auto high = V::bxor(hi, V::high_half(middle)), low = V::bxor(lo, V::template shift_bytes<8>(middle));
    const auto top = V::template clmul<0x01>(high, tail);
    const auto rest = V::template clmul<0x00>(V::bxor(high, V::high_half(top)), tail);
    return V::bxor(V::bxor(low, V::template shift_bytes<8>(top)), rest);
  }
};

template <class V>
typename V::T multiply_vector(typename V::T a, typename V::T b) {
  Products<V> products;
  products.add(a, b);
  return products.reduced();
}

template <class V>
Block joined(typename V::T x) {
  Block parts[V::lanes], out;
  V::store(parts, x);
  for (const Block& part : parts) out ^= part;
  return out;
}

template <class V>
Block multiply_lane(Block a, Block b) {
  Block parts[V::lanes];
  V::store(parts, multiply_vector<V>(V::alone(a), V::alone(b)));
  return parts[0];
}

/// The last vector's powers one by one, each other vector from the one behind it.
template <class V>
void powers_lanes(Block chi, Powers* out) {
  constexpr std::size_t last = Powers::count - 1, first = Powers::count - V::lanes;
  Block* of = out->of.data();
  of[last] = chi;
  for (std::size_t at = last; at > first; --at) of[at - 1] = multiply_lane<V>(of[at], chi);
  const auto factor = V::broadcast(of[first]);
  auto vector = V::load(of + first);
  for (std::size_t at = first; at != 0; at -= V::lanes) {
    vector = multiply_vector<V>(vector, factor);
    V::store(of + at - V::lanes, vector);
  }
}

template <class V>
Block evaluate_lanes(const Powers& powers, const Block* in, std::size_t n) {
  const auto whole = V::broadcast(powers.of[0]);
  typename V::T sum{};
  std::size_t done = 0;
  for (; done + Powers::count <= n; done += Powers::count) {
    Products<V> products;
    products.add(sum, whole);
    for (std::size_t i = 0; i < Powers::count; i += V::lanes) {
      products.add(V::load(in + done + i), V::load(powers.of.data() + i));
    }
    sum = products.reduced();
  }
  if (done == n) return joined<V>(sum);
  Products<V> products;
  products.add(sum, V::broadcast(powers.of[Powers::count - (n - done)]));
  for (; done < n; ++done) products.add(V::alone(in[done]), V::alone(powers.of[Powers::count - (n - done)]));
  return joined<V>(products.reduced());
}

}  // namespace
}  // namespace veilward::ot
