/// Bindings of look-ups of digits: by transfers of rows (leaf.h, wide.h), by truth tables (table.h).
#include "twoparty/nonlinear/bind.h"
#include "twoparty/nonlinear/leaf.h"
#include "twoparty/nonlinear/table.h"
#include "twoparty/nonlinear/wide.h"

namespace nb = nanobind;

namespace veilward::nonlinear {

using bind::span;

namespace {

constexpr const char* kDigit = "digit_bits outside 1..5, or 1..4 with a carry";
constexpr const char* kWide = "slots of a number outside 6..8 bits, or rows that do not hold them";
constexpr const char* kStage = "stage outside 0..bits-1, or bits outside 1..5";

/// Raises unless a digit of these bits, with the carry if there is one for each of n values, has at most 32 slots.
void need_digit(int digit_bits, int shift, std::size_t n, std::size_t carries) {
  need_range(digit_bits, 1, carries == 0 ? 5 : 4, kDigit);
  need_range(shift, 0, 31, "shift outside 0..31");
  if (carries != 0 && carries != n) throw std::invalid_argument("arrays differ in length");
}

/// Raises unless slots are numbered by 6 to 8 bits and n rows hold a bit for each, `rows` exactly.
template <typename Words>
void need_wide(int bits, std::size_t n, const Words& words, std::size_t pad_words) {
  need_range(bits, 6, 8, kWide);
  const std::size_t rows = std::size_t{1} << (bits - 5);
  if (words.shape(0) != n || words.shape(1) != rows || pad_words < rows) throw std::invalid_argument(kWide);
}

}  // namespace

void bind_digits(nb::module_& m) {
  using namespace nb::literals;
  const auto free_gil = nb::call_guard<nb::gil_scoped_release>();
  m.def(
      "leaf_words",
      [](U32 s, int shift, int digit_bits, U8 e, U8 carry, U8 share, U32 pads, OutU32 words) {
        need_digit(digit_bits, shift, words.size(), carry.size());
        need(words.size(), s, e, share, pads);
        leaf_words(span(s), shift, digit_bits, span(e), span(carry), span(share), span(pads), span(words));
      },
      "s"_a, "shift"_a, "digit_bits"_a, "e"_a, "carry"_a, "share"_a, "pads"_a, "words"_a, free_gil,
      "Server: each digit's table under its pads, permuted by e. `carry` is empty at the lowest digit.");
  m.def(
      "leaf_open",
      [](U32 words, U8 rho, U8 pads, OutU8 share) {
        need(share.size(), words, rho, pads);
        leaf_open(span(words), span(rho), span(pads), span(share));
      },
      "words"_a, "rho"_a, "pads"_a, "share"_a, free_gil,
      "Client: the slot it has the pad of, as its share of the carry out.");
  m.def(
      "wide_words",
      [](U32 s, int shift, int digit_bits, U8 e, U8 carry, U8 share, Rows pads, OutRows words) {
        const std::size_t n = s.size();
        need_range(shift, 0, 31, "shift outside 0..31");
        need_range(digit_bits, 5, 8, "digit_bits outside 5..8");
        need(n, e, share);
        if (carry.size() != 0) need(n, carry);
        need_wide(digit_bits + (carry.size() != 0 ? 1 : 0), n, words, pads.shape(1));
        if (pads.shape(0) != n) throw std::invalid_argument("arrays differ in length");
        wide_words(span(s), shift, digit_bits, span(e), span(carry), span(share), span(pads), pads.shape(1),
                   span(words));
      },
      "s"_a, "shift"_a, "digit_bits"_a, "e"_a, "carry"_a, "share"_a, "pads"_a, "words"_a, free_gil,
      "Server: leaf_words for 64 to 256 slots, a row of words a value.");
  m.def(
      "wide_open",
      [](Rows words, int bits, U8 rho, U8 pads, OutU8 share) {
        need_wide(bits, share.size(), words, words.shape(1));
        need(share.size(), rho, pads);
        wide_open(span(words), bits, span(rho), span(pads), span(share));
      },
      "words"_a, "bits"_a, "rho"_a, "pads"_a, "share"_a, free_gil, "Client: leaf_open for rows of words.");
  m.def(
      "leaf_choice",
      [](U32 c, int shift, int digit_bits, U8 rho, OutU8 e) {
        need_range(digit_bits, 1, 8, "digit_bits outside 1..8");
        need_range(shift, 0, 31, "shift outside 0..31");
        need(e.size(), c, rho);
        leaf_choice(span(c), shift, digit_bits, span(rho), span(e));
      },
      "c"_a, "shift"_a, "digit_bits"_a, "rho"_a, "e"_a, free_gil, "Client, ahead: its digit XOR rho.");

  m.def(
      "table_fill",
      [](U32 c, int shift, int digit_bits, U8 carry_mask, OutU32 tables) {
        need_digit(digit_bits, shift, tables.size(), carry_mask.size());
        need(tables.size(), c);
        table_fill(span(c), shift, digit_bits, span(carry_mask), span(tables));
      },
      "c"_a, "shift"_a, "digit_bits"_a, "carry_mask"_a, "tables"_a, free_gil,
      "Client, ahead: the carry for every digit of the server's. `carry_mask` is empty at the lowest digit.");
  m.def(
      "table_swap_client",
      [](OutU32 tables, int stage, int bits, U32 p0, U32 p1, OutU32 correction) {
        need_range(bits, 1, 5, kStage);
        need_range(stage, 0, bits - 1, kStage);
        need(tables.size(), p0, p1, correction);
        table_swap_client(span(tables), stage, bits, span(p0), span(p1), span(correction));
      },
      "tables"_a, "stage"_a, "bits"_a, "p0"_a, "p1"_a, "correction"_a, free_gil,
      "Client, ahead: one stage of the permutation by rho; edits tables, fills correction.");
  m.def(
      "table_swap_server",
      [](OutU32 tables, int stage, int bits, U8 rho, U16 pad, U32 correction) {
        need_range(bits, 1, 5, kStage);
        need_range(stage, 0, bits - 1, kStage);
        need(tables.size(), rho, pad, correction);
        table_swap_server(span(tables), stage, bits, span(rho), span(pad), span(correction));
      },
      "tables"_a, "stage"_a, "bits"_a, "rho"_a, "pad"_a, "correction"_a, free_gil,
      "Server, ahead: the same stage; edits tables.");
  m.def(
      "table_look",
      [](U32 tables, U8 at, OutU8 share) {
        need(share.size(), tables, at);
        table_look(span(tables), span(at), span(share));
      },
      "tables"_a, "at"_a, "share"_a, free_gil, "Either: slot `at` of its tables.");
}

}  // namespace veilward::nonlinear
