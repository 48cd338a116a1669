/// Random correlated oblivious transfers in bulk: SoftSpokenOT.
/// Roy, "SoftSpokenOT: Quieter OT Extension from Small-Field Silent VOLE in the Minicrypt Model", CRYPTO 2022, eprint
/// 2022/192: small-field VOLE (figure 7), subspace VOLE over the repetition code (figure 8) with the consistency check
/// of section 4, transfers from it, trees as in punctured_prf.h. With r_x the leaf streams: u = XOR_x r_x, V = XOR_x x
/// r_x, W = XOR_x (Delta - x) r_x.
///   [q_i, Delta at sender; b_i, t_i at receiver, t_i = q_i xor b_i Delta] <- Extend(n),  b_i uniform.
/// Paper -> code: P_S -> Receiver, P_R -> Sender (the VOLE roles are crossed), k -> Groups::k, n_C -> Groups::count,
/// u -> choices, V -> rows at the receiver, W -> rows at the sender, the corrections U - u_0 (1 ... 1) -> message.
/// Differs: choices are random and are the first group's u, which needs no correction; leaves are AES-CTR streams whose
/// counter is the transfer's index, so that one tree serves a session.
/// The check: V and W are hashed row by row, u too, by a universal hash over F_2: a row's blocks, as elements of
/// GF(2^128), are the coefficients of a polynomial in chi. The receiver sends the hash of u and a digest of those of V;
/// the sender has W = V + Delta u, row by row, and so knows what they must be. 128 further transfers mask the hash of
/// u. chi is drawn for every stripe from a chain of digests of all that the receiver sent (Fiat-Shamir), so that
/// nothing is kept or made twice. A receiver whose corrections differ by e in a group passes only if e hashes to zero,
/// which is one in 2^122 for each digest it tries, or if it guessed the group's part of Delta; a wrong guess ends the
/// session. Security model: malicious, static, with such guesses at Delta; AES as PRG in trees and leaves, correlation
/// robustness of the hash, random oracle; base transfers as base_ot.h says. Counters: `next` counts transfers of this
/// direction and only grows, moved before a request is served, so that neither a leaf's stream nor a hash's tweak is
/// ever used twice, not even after an error. Cost: (ceil(128 / k) - 1) bits a transfer from receiver to sender, in one
/// flight; 2^k ceil(128 / k) / 128 AES blocks a transfer on either side, one transposed bit matrix, and one key
/// schedule with one (receiver) or two hashes; the check one product in GF(2^128) a transfer, and 48 bytes beside its
/// 128 transfers.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "aes/prg.h"
#include "twoparty/ot/base_ot.h"
#include "twoparty/ot/derive.h"
#include "twoparty/ot/kernels.h"
#include "twoparty/ot/punctured_prf.h"
#include "twoparty/ot/transcript.h"
#include "twoparty/ot/wire.h"

namespace veilward::ot {

using Bytes = std::vector<std::uint8_t>;
using Seed = std::span<const std::uint8_t, 16>;

/// What both sides keep: the leaves, the position, the working memory of one piece.
class Extension {
 public:
  Extension(const Extension&) = delete;
  Extension& operator=(const Extension&) = delete;
  ~Extension();

  [[nodiscard]] std::uint64_t next() const { return next_; }
  /// What the transcript of the set-up digests to, at both sides; public. Zero before it.
  [[nodiscard]] Block start() const { return start_; }
  [[nodiscard]] std::size_t message_bytes(const Correlation& wanted) const;
  [[nodiscard]] static std::size_t proof_message_bytes(int k);

 protected:
  /// The longest piece. A piece is a whole number of stripes, and of results.
  static constexpr std::size_t piece_blocks = 7 * stripe_blocks;
  static std::size_t piece_of(const Correlation& wanted) {
    const std::size_t each = wanted.transfers();
    return (each == 6 ? 3 : (each & (each - 1)) != 0 ? each : 4) * stripe_blocks;
  }

  enum class Role : std::uint8_t { sender = 0, receiver = 1 };

  Extension(int k, std::uint8_t direction, Role role, Seed seed, int lpn);

  [[nodiscard]] SetupHeader header() const { return {static_cast<std::uint8_t>(groups_.k()), direction_, lpn_}; }

  [[nodiscard]] std::size_t rows_bytes(std::size_t blocks) const { return (groups_.count() - 1) * blocks * 16; }
  /// Claims the transfers of a request; the index of the first.
  std::uint64_t claim(const Correlation& wanted);
  /// Ends set-up: the transcript's digest, and what the checks start from.
  void begin(Block start);
  /// Adds rows_ of one stripe to their hashes, under a challenge drawn from what the receiver sent for it. u: what
  /// the receiver hashes as a further row, or empty.
  void absorb(std::span<const std::uint8_t> sent, std::size_t blocks, std::span<const Block> u);
  /// What the receiver sent of a proof after its corrections: the hash of u, the digest of the rows' hashes.
  static constexpr std::size_t claimed_bytes = sizeof(Block) + sizeof(Digest);

  Groups groups_;
  std::uint8_t direction_, lpn_;
  aes::Prg randomness_;
  std::vector<aes::RoundKeys> leaves_;
  Block start_;
  std::uint64_t next_ = 0;
  std::vector<Block> sum_, rows_, transfers_;  // one group's sum; one stripe; one piece, transposed
  Transcript transcript_;
  std::vector<Block> hashes_;  // of every row since the last proof, then of u
};

class Sender : public Extension {
 public:
  /// direction: 0 or 1, the same at both parties. seed: fresh from the operating system. lpn: 0, or the set (lpn.h)
  /// that these transfers are the first base of; then bit 0 of Delta is 1 and so the set's number is in the set-up.
  Sender(int k, std::uint8_t direction, Seed seed, int lpn = 0);
  ~Sender();

  /// Setup: offer in, reply out; then trees in. std::logic_error out of order, WireError on the peer's bytes.
  [[nodiscard]] Bytes reply(std::span<const std::uint8_t> offer);
  void accept_trees(std::span<const std::uint8_t> trees);

  /// Serves the request from the receiver's message.
  void extend(const Correlation& wanted, std::span<const std::uint8_t> message, const SenderOut& out);

  /// Takes the receiver's proof that all its corrections since the last one were sound. Throws ConsistencyError.
  void verify(std::span<const std::uint8_t> proof);

  /// Opens the correlation: for tests of it, and for the extension that these transfers are the base of.
  [[nodiscard]] Block reveal_delta() const { return delta_; }

 private:
  void stripe(std::uint64_t first_block, std::size_t blocks, const std::uint8_t* message, Block* q);

  Block delta_;
  Point offer_{};
  std::vector<Block> base_keys_;
  std::optional<SenderDerivation> derivation_;
};

class Receiver : public Extension {
 public:
  Receiver(int k, std::uint8_t direction, Seed seed, int lpn = 0);
  ~Receiver();

  /// Setup: offer out; then reply in, trees out.
  [[nodiscard]] Bytes offer() const;
  [[nodiscard]] Bytes trees(std::span<const std::uint8_t> reply);

  /// Serves the request and writes the message for the sender, message_bytes(wanted) long.
  void extend(const Correlation& wanted, std::span<std::uint8_t> message, const ReceiverOut& out);

  /// The proof for the sender, proof_message_bytes(k) long; uses 128 transfers up.
  [[nodiscard]] Bytes prove();

 private:
  void stripe(std::uint64_t first_block, std::size_t blocks, std::uint8_t* message, Block* choices, Block* t);

  std::unique_ptr<BaseOtSender> base_;
  std::optional<ReceiverDerivation> derivation_;
  std::vector<Block> choices_;  // one piece, packed, and one block to read over the end
};

}  // namespace veilward::ot
