#include "twoparty/nonlinear/table.h"

#include "twoparty/nonlinear/slots.h"
#include "twoparty/nonlinear/variants.h"

namespace veilward::nonlinear {
namespace {

/// How slots are drawn together and apart in stage j of `bits`. A step that a stage has not shifts by nothing.
class Stage {
 public:
  Stage(int j, int bits) : apart_(1u << j), first_(kClear[j]), used_(low_slots(1u << (bits - 1))) {
    for (int k = 0; k < kSteps; ++k) {
      const bool has = k >= j && k + 1 < bits;
      shift_[k] = has ? 1u << k : 0;
      narrow_[k] = has ? kClear[k + 1] : ~0u;
      wide_[k] = has ? kClear[k] : ~0u;
    }
  }

  [[nodiscard]] VEILWARD_BODY std::uint32_t used(std::uint32_t pad) const { return pad & used_; }
  /// Differences of the slots that bit j of their number parts, 2^(bits-1) of them from bit 0 on.
  [[nodiscard]] VEILWARD_BODY std::uint32_t gathered(std::uint32_t word) const {
    std::uint32_t out = (word ^ (word >> apart_)) & first_;
    for (int k = 0; k < kSteps; ++k) out = (out | (out >> shift_[k])) & narrow_[k];
    return out & used_;
  }
  /// The inverse, at both slots of each pair.
  [[nodiscard]] VEILWARD_BODY std::uint32_t spread(std::uint32_t pairs) const {
    for (int k = kSteps - 1; k >= 0; --k) pairs = (pairs | (pairs << shift_[k])) & wide_[k];
    return pairs | (pairs << apart_);
  }

 private:
  static constexpr int kSteps = 4;
  std::uint32_t apart_, first_, used_, shift_[kSteps], narrow_[kSteps], wide_[kSteps];
};

}  // namespace

void table_fill(std::span<const std::uint32_t> c, int shift, int digit_bits, std::span<const std::uint8_t> carry_mask,
                std::span<std::uint32_t> tables) {
  const std::uint32_t digits = 1u << digit_bits, used = low_slots(digits);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    // The carry of digits c and s leaves where c > NOT s, that is s > NOT c, or c == NOT s with a carry in.
    const std::uint32_t equal = 1u << (~(c[i] >> shift) & (digits - 1)), greater = used & ~((equal << 1) - 1);
    if (carry_mask.empty()) {
      tables[i] = greater;
      continue;
    }
    const std::uint32_t mask = 0u - (carry_mask[i] & 1u);
    tables[i] = (greater | (equal & mask)) | ((greater | (equal & ~mask)) << digits);
  }
}

namespace {

VEILWARD_BODY void swap_client_body(std::uint32_t* __restrict tables, Stage stage, const std::uint32_t* __restrict p0,
                                    const std::uint32_t* __restrict p1, std::uint32_t* __restrict correction,
                                    std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    correction[i] = stage.used(p0[i] ^ p1[i]) ^ stage.gathered(tables[i]);
    tables[i] ^= stage.spread(stage.used(p0[i]));
  }
}

VEILWARD_BODY void swap_server_body(std::uint32_t* __restrict tables, Stage stage, const std::uint8_t* __restrict rho,
                                    const std::uint16_t* __restrict pad, const std::uint32_t* __restrict correction,
                                    std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t chosen = 0u - (rho[i] & 1u);
    tables[i] ^= stage.spread(stage.used(pad[i] ^ (chosen & (correction[i] ^ stage.gathered(tables[i])))));
  }
}

VEILWARD_VARIANTS(swap_client,
                  (std::uint32_t* tables, const Stage& stage, const std::uint32_t* p0, const std::uint32_t* p1,
                   std::uint32_t* correction, std::size_t n),
                  (tables, stage, p0, p1, correction, n))
VEILWARD_VARIANTS(swap_server,
                  (std::uint32_t* tables, const Stage& stage, const std::uint8_t* rho, const std::uint16_t* pad,
                   const std::uint32_t* correction, std::size_t n),
                  (tables, stage, rho, pad, correction, n))

}  // namespace

void table_swap_client(std::span<std::uint32_t> tables, int j, int bits, std::span<const std::uint32_t> p0,
                       std::span<const std::uint32_t> p1, std::span<std::uint32_t> correction) {
  swap_client(tables.data(), Stage(j, bits), p0.data(), p1.data(), correction.data(), tables.size());
}

void table_swap_server(std::span<std::uint32_t> tables, int j, int bits, std::span<const std::uint8_t> rho,
                       std::span<const std::uint16_t> pad, std::span<const std::uint32_t> correction) {
  swap_server(tables.data(), Stage(j, bits), rho.data(), pad.data(), correction.data(), tables.size());
}

void table_look(std::span<const std::uint32_t> tables, std::span<const std::uint8_t> at,
                std::span<std::uint8_t> share) {
  for (std::size_t i = 0; i < share.size(); ++i)
    share[i] = static_cast<std::uint8_t>((tables[i] >> (at[i] & 31u)) & 1u);
}

}  // namespace veilward::nonlinear
