// One-time truth tables of one digit's carry, the client tabulating. Ishai, Kushilevitz, Meldgaard, Orlandi,
// Paskin-Cherniavsky, "On the Power of Correlated Randomness in Secure Computation", TCC 2013, section 3 (OTTT); the
// permuted table is shared by one correlated OT for each bit of the server's random shift, which swaps entries.
//
// Slot i of a table is the carry out for the server's digit i (bits 0 .. b-1) and carry in (bit b, above the lowest
// digit), XOR-permuted by the carry mask of the client and by rho of the server, and XOR-shared between them.
#pragma once
#include <cstdint>
#include <span>

namespace veilward::nonlinear {

/// Client. carry_mask: its mask of the carry in, or empty for the lowest digit. tables: uint32, 2^(b + carry) slots.
void table_fill(std::span<const std::uint32_t> c, int shift, int digit_bits, std::span<const std::uint8_t> carry_mask,
                std::span<std::uint32_t> tables);

/// Client, stage j of `bits`: the correction that shares rho_j times the differences of the slots that j parts, and the
/// client's new table. p0, p1: the messages of a random OT; correction: 2^(bits-1) bits each.
void table_swap_client(std::span<std::uint32_t> tables, int j, int bits, std::span<const std::uint32_t> p0,
                       std::span<const std::uint32_t> p1, std::span<std::uint32_t> correction);

/// Server, the same stage: rho: its choices, pad: the messages chosen, of which a stage needs at most 16 bits.
void table_swap_server(std::span<std::uint32_t> tables, int j, int bits, std::span<const std::uint8_t> rho,
                       std::span<const std::uint16_t> pad, std::span<const std::uint32_t> correction);

/// Either: slot `at` of its table.
void table_look(std::span<const std::uint32_t> tables, std::span<const std::uint8_t> at, std::span<std::uint8_t> share);

}  // namespace veilward::nonlinear
