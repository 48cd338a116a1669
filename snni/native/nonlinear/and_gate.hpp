// AND of node shares with Beaver bit triples that share an operand. CrypTFlow2 (eprint 2020/1002), section 3.1 and
// appendix A (correlated triples); triples from two random OTs, one in each direction (Gilboa 1999; Asharov et al.
// 2013).
//
// Triple byte: bit 0 a, bits 1..2 b1 b2, bits 3..4 c1 c2, with (XOR of both parties) c_i = a AND b_i.
// Opening byte: bit 0 alpha = hi.eq XOR a, bit 1 beta1 = lo.gt XOR b1, bit 2 beta2 = lo.eq XOR b2.
#pragma once
#include <cstdint>
#include <span>

namespace veilward::nonlinear {

/// This party's triple from the OT where it chose (choice bit, received 2-bit message) and the one where it sent.
void and_triples(std::span<const std::uint8_t> choice, std::span<const std::uint8_t> received,
                 std::span<const std::uint8_t> sent0, std::span<const std::uint8_t> sent1,
                 std::span<std::uint8_t> triples);

/// This party's summand of the opening.
void and_open(std::span<const std::uint8_t> hi, std::span<const std::uint8_t> lo, std::span<const std::uint8_t> triples,
              std::span<std::uint8_t> opening);

/// out.gt = hi.gt XOR (hi.eq AND lo.gt), out.eq = hi.eq AND lo.eq, from the XOR of both openings.
/// Exactly one party has leader = true (it adds alpha AND beta).
void and_close(std::span<const std::uint8_t> hi, std::span<const std::uint8_t> triples,
               std::span<const std::uint8_t> opening, bool leader, std::span<std::uint8_t> out);

}  // namespace veilward::nonlinear
