#include "twoparty/nonlinear/chosen_word.h"

namespace veilward::nonlinear {
namespace {

constexpr std::uint32_t ring_mask(int bits) { return bits == 32 ? ~0u : (1u << bits) - 1; }

std::uint32_t all(std::uint32_t bit) { return 0u - (bit & 1u); }

/// value, or its negative where bit is set.
std::uint32_t signed_by(std::uint32_t bit, std::uint32_t value) { return (value ^ all(bit)) + (bit & 1u); }

/// A share of hidden times masked, where `hidden` of it is opened under a bit of which `product` is a share:
/// masked (opened + (1 - 2 opened) mask). of_opened: masked, for the party that knows it; 0 for the other.
std::uint32_t of_masked(std::uint32_t opened, std::uint32_t of_opened, std::uint32_t product) {
  return (of_opened & all(opened)) + signed_by(opened, product);
}

}  // namespace

void masked_share(Words v, Words p0, Words p1, int window, std::span<std::uint32_t> sigma,
                  std::span<std::uint8_t> theta, std::span<std::uint8_t> top) {
  const std::uint32_t mask = ring_mask(window);
  for (std::size_t i = 0; i < v.size(); ++i) {
    const std::uint32_t low = p0[i] & mask, high = p1[i] & mask, t = (high - low) & mask;
    sigma[i] = (v[i] - t) & mask;
    if (theta.empty()) continue;
    theta[i] = high < low ? 1 : 0;
    top[i] = static_cast<std::uint8_t>(t >> (window - 1));
  }
}

namespace {

/// word_of, of values that are extended or not. Pointers that alias nothing, and no branch: so it is vectorised.
template <bool extend>
void words(const std::uint8_t *__restrict d, const ClientOfWord &own, const std::uint32_t *__restrict steer,
           std::uint32_t half, int window, int bits, std::uint32_t *__restrict word, std::size_t n) {
  const std::uint32_t inside = ring_mask(window), mask = ring_mask(bits);
  const std::uint8_t *__restrict lambda = own.lambda.data(), *__restrict lambda2 = own.lambda2.data();
  const std::uint8_t *__restrict phi = own.phi.data(), *__restrict eps = own.eps.data();
  const std::uint32_t *__restrict c = own.c.data(), *__restrict p = own.p.data(), *__restrict sigma = own.sigma.data();
  const std::uint32_t *__restrict kappa = own.kappa.data(), *__restrict mu = own.mu.data();
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t one = d[i], mine = lambda[i], delta = one ^ mine, moved = (c[i] + sigma[i]) & inside;
    std::uint32_t y = signed_by(delta, p[i] & inside) - steer[i];
    if constexpr (!extend) {
      word[i] = (y + ((moved - half) & all(one))) & mask;
    } else {
      const std::uint32_t msb = moved >> (window - 1), mine2 = lambda2[i], g = (one & (msb ^ 1u)) ^ mine2;
      y += (moved - (msb << window) - half) & all(one);
      y += signed_by(delta, of_masked(phi[i], mine, kappa[i])) << window;
      y -= signed_by(g, of_masked(eps[i], mine2, mu[i])) << window;
      word[i] = (y & mask) | g << bits;
    }
  }
}

/// share_of, likewise.
template <bool extend>
void shares(const std::uint8_t *__restrict delta, const std::uint32_t *__restrict word, const ServerOfWord &own,
            int window, int bits, std::uint32_t *__restrict y, std::size_t n) {
  const std::uint32_t inside = ring_mask(window), mask = ring_mask(bits);
  const std::uint32_t *__restrict p0 = own.p0.data(), *__restrict p1 = own.p1.data();
  const std::uint8_t *__restrict theta = own.theta.data(), *__restrict top = own.top.data();
  const std::uint8_t *__restrict phi = own.phi.data(), *__restrict eps = own.eps.data();
  const std::uint32_t *__restrict kappa = own.kappa.data(), *__restrict mu = own.mu.data();
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t one = all(delta[i]);
    std::uint32_t share = word[i] + ((p1[i] & inside) & one) - ((p0[i] & inside) & ~one);
    if constexpr (extend) {
      const std::uint32_t g = (word[i] >> bits) & 1u;
      share += ((theta[i] & one) + signed_by(delta[i], of_masked(phi[i], 0, kappa[i]))) << window;
      share -= ((top[i] & all(g)) + signed_by(g, of_masked(eps[i], 0, mu[i]))) << window;
    }
    y[i] = share & mask;
  }
}

}  // namespace

void word_of(Bits d, const ClientOfWord &own, Words steer, std::uint32_t half, int window, int bits,
             std::span<std::uint32_t> word) {
  const auto made = own.eps.empty() ? words<false> : words<true>;
  made(d.data(), own, steer.data(), half, window, bits, word.data(), word.size());
}

void cover_words(Bits opening, Bits e0, Bits e1, Pads unset, Pads set, std::span<std::uint32_t> first,
                 std::span<std::uint32_t> second) {
  for (std::size_t i = 0; i < first.size(); ++i) {
    const std::uint32_t k = all(opening[i]), e = all((e0[i] & ~k) | (e1[i] & k));
    const std::uint32_t zero = (unset.zero[i] & ~k) | (set.zero[i] & k), one = (unset.one[i] & ~k) | (set.one[i] & k);
    first[i] ^= (zero & ~e) | (one & e);
    second[i] ^= (one & ~e) | (zero & e);
  }
}

void uncover_word(Bits known, Bits bit0, Bits bit1, Words pad0, Words pad1, Words first, Words second, int width,
                  std::span<std::uint32_t> word, std::span<std::uint8_t> bit) {
  const std::uint32_t mask = ring_mask(width);
  for (std::size_t i = 0; i < word.size(); ++i) {
    const std::uint32_t k = all(known[i]), own = ((bit0[i] & ~k) | (bit1[i] & k)) & 1u, d = all(own);
    const std::uint32_t covered = (first[i] & ~d) | (second[i] & d), pad = (pad0[i] & ~k) | (pad1[i] & k);
    word[i] = (covered ^ pad) & mask;
    bit[i] = static_cast<std::uint8_t>(own);
  }
}

void share_of(Bits delta, Words word, const ServerOfWord &own, int window, int bits, std::span<std::uint32_t> y) {
  const auto made = own.eps.empty() ? shares<false> : shares<true>;
  made(delta.data(), word.data(), own, window, bits, y.data(), y.size());
}

}  // namespace veilward::nonlinear
