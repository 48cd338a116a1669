/// Silent correlated transfers: Ferret.
/// Yang, Weng, Lan, Zhang, Wang, "Ferret: Fast Extension for Correlated OT with Small Communication", CCS 2020, eprint
/// 2020/924, section 6, figure 9: iterated extension from learning parity with noise, regular noise, the local linear
/// code of weight 10; trees as in correlated_tree.h, checked as in figure 6.
///   [q_i, Delta at sender; b_i, t_i at receiver, t_i = q_i xor b_i Delta] <- Extend(n),  b_i pseudo-random.
/// With A the public matrix, s/r the leaves of all trees: q = A q_base + s, t = A t_base + r; the noise is one alpha a
/// tree. Paper -> code: (k, n, t, log(n / t)) -> LpnSet, A -> LpnMatrix, v and w of base transfers -> base_, y and z ->
/// transfers. The stream goes tree by tree: a tree is grown when its first transfer is asked for, encoded, hashed and
/// made results a part at a time, so that only the base and one tree are ever held, and a few more while they are in
/// work; hashes are computed beside the code's look-ups (lpn_hash_lanes.h). lpn.h says which trees feed the next
/// iteration. Bit 0: Delta's is 1, that of every q is 0 and so that of every t is the choice
/// b, as in emp-ot; Delta has 127 bits. Threads (parallel/pool.h) grow, encode and derive pieces of few trees each; the
/// challenges are drawn in the trees' order, whoever grew them.
/// The check (figure 6, the steps after the trees): V = XOR chi_i v_i + Y at the sender, W = XOR chi_i w_i + Z at the
/// receiver, equal because the receiver sends x' = chi_alpha + x*, masked by the choices of 128 transfers y*, z*; the
/// sender answers with H(V). One check covers every tree since the last one, reserved ones included, and must pass
/// before the receiver sends anything that depends on the transfers.
/// Differs: the first base comes from SoftSpokenOT (extension.h), with its own checks, under the same Delta; the
/// noise's places are random choices of base transfers, so that the receiver sends nothing after set-up but x'; chi_i
/// are powers of one chi a tree, drawn from a chain of digests of all corrections so far (Fiat-Shamir), so that no leaf
/// is kept or grown twice; a tree's base may come from trees that are checked with it, so that a wrong tree is an error
/// in what follows too, which the same sum covers; A's columns are drawn under a key that both parties' messages of the
/// set-up make, the receiver's last, and its rows are counted through the session, so that no two iterations, sessions
/// or directions have a row in common; every tree hashes under a key of its own. What the check leaves: a sender whose
/// corrections fit only some places of the noise passes where it guessed them and learns so much of the noise, one bit
/// on average before a wrong guess ends the session, as in figure 6. To pass with probability 2^-r where the receiver's
/// transfers are not of one kind, it needs about 2^(128 - depth - r) digests. Security model: malicious, static, with
/// such guesses; LPN with regular noise at the set's 128 bits (lpn.h), so that choices are hidden computationally; the
/// trees' hash circular correlation robust under each of its keys, correlation robustness of the derivation's hash,
/// random oracle. Counters: as in extension.h. An error leaves the stream nowhere: every later request is refused.
/// Cost: (depth - 1) blocks a tree from sender to receiver, and 16 bytes one way and 32 the other a check with its 128
/// transfers; one AES and one product in GF(2^128) a transfer for the trees, two and ten look-ups for the code at
/// either side, and the derivation.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <stdexcept>
#include <vector>

#include "parallel/pool.h"
#include "twoparty/ot/block_table.h"
#include "twoparty/ot/extension.h"
#include "twoparty/ot/lpn.h"

namespace veilward::ot {

/// The public matrix that `key` draws.
[[nodiscard]] LpnMatrix lpn_matrix(Block key, int log_columns);

/// What both sides keep: the base, the tree in use, the position. ferret_sender.h, ferret_receiver.h: what each does;
/// ferret_lanes.cpp: how threads make the stream; ferret_parts.cpp: how its parts become what is taken.
class Ferret {
 public:
  Ferret(const Ferret&) = delete;
  Ferret& operator=(const Ferret&) = delete;
  virtual ~Ferret();

  [[nodiscard]] std::uint64_t next() const { return next_; }
  /// Of the next request, if it is this one.
  [[nodiscard]] std::size_t message_bytes(const Correlation& wanted) const;
  [[nodiscard]] static std::size_t body_bytes(const LpnSet& set, std::uint64_t first, std::uint64_t transfers);
  /// Of a check: what the receiver sends, and what the sender answers.
  static constexpr std::size_t challenge_bytes = sizeof(Block), answer_bytes = sizeof(Digest);

 protected:
  Ferret(int lpn, std::uint8_t direction);

  /// Ends set-up: base_ holds the first base. last: the set-up's last message, the receiver's.
  void begin(Block start, std::span<const std::uint8_t> last);
  /// Claims the transfers of a request; the index of the first. Until finish() no other request is served.
  std::uint64_t claim(const Correlation& wanted);
  void finish() { usable_ = true; }
  [[nodiscard]] ExtendHeader header(const Correlation& wanted, std::uint64_t first) const;
  /// What is taken of the stream: `total` transfers, of which the first `used` make results of `whole` each, at most 8.
  /// hashes: of each, under its position from `first` on: none, its own, or that and the one with Delta.
  struct Demand {
    std::size_t total, used, whole;
    int hashes = 0;
    std::uint64_t first = 0;
  };
  static Demand demand(const Correlation& wanted, std::uint64_t first, int hashes);
  /// Transfers of whole results, from the `at`-th transfer of the demand on, and their hashes.
  struct Part {
    std::size_t at;
    std::span<const Block> transfers, hash0, hash1;
  };
  /// Called by many lanes at once, each with what is its own.
  using Take = std::function<void(const Part& part)>;
  /// The stream's next transfers, in parts.
  void stream(const Demand& demand, const Take& take);
  /// What a check takes of the stream, and the first base of set-up's extension.
  static constexpr Correlation check_request{Kind::check, 0, transfers_per_block};
  [[nodiscard]] Correlation base_request() const { return {Kind::cot, 0, set_.base()}; }
  /// Those of one tree, which begin at `at` of a request's.
  template <class Bytes>
  [[nodiscard]] Bytes corrections_in(Bytes all, std::size_t at) const {
    const std::size_t bytes = set_.corrections() * sizeof(Block);
    if (at > all.size() || all.size() - at < bytes) throw std::logic_error("a message is shorter than its trees");
    return all.subspan(at, bytes);
  }

  /// Grows one tree from these base transfers. at: where its corrections lie in those of the request. Its noise's
  /// place, where this side knows it, else `unknown`. Called by many lanes at once.
  virtual std::size_t grow(const aes::RoundKeys& key, std::span<const Block> base, std::size_t at,
                           std::span<Block> leaves) = 0;
  /// A tree's corrections, those that grow wrote or read.
  [[nodiscard]] virtual std::span<const std::uint8_t> corrections_at(std::size_t at) const = 0;
  /// Takes the check's 128 transfers from the stream and closes what it covers: until settle() no other check starts.
  void seal(std::uint64_t first);
  /// Ends a check whose turn it is; std::logic_error if none is sealed.
  void settle();
  [[nodiscard]] Digest answer_of(Block value) const;

  static constexpr std::size_t unknown = ~std::size_t{0};

  const LpnSet& set_;
  LpnMatrix matrix_{};
  BlockTable base_, spare_;  // this iteration's base, the next one's
  Block checked_, masked_;   // of the sealed check: the sum of leaves and transfers; of chi_alpha and choices
  Block delta_;              // the sender's alone

 private:
  /// Results have at most 8 transfers, so that at most 7 go from a piece to the next.
  static constexpr std::size_t most_whole = 8;
  using Carried = std::array<Block, most_whole>;  // the last ones before a piece
  struct Tree {
    std::uint64_t row;  // the matrix's, of its first leaf
    std::size_t alpha = unknown;
    Block chi;
  };
  /// What one lane works in: its trees, and one part's transfers with their hashes. The parts begin behind the room of
  /// most_whole blocks, in which the last `carried` of the part before stand.
  struct Lane {
    std::vector<Tree> trees;
    std::vector<Block> leaves, transfers, hash0, hash1;
    std::size_t carried = 0;
    Block leaves_sum, noise_sum;
  };
  /// Trees of one iteration that are grown together: how many, where their transfers stand in the demand, how many of
  /// those it takes.
  struct Run {
    const Demand& demand;
    std::size_t trees, at, taken;
    const Take& take;
    std::vector<Carried> carried;  // before each piece
    Turns turns;
  };

  static void wipe(std::vector<Block>& blocks);
  /// What a tree hashes under: no other tree has it, and no position's hash.
  [[nodiscard]] aes::RoundKeys tree_key(std::uint64_t number) const;
  [[nodiscard]] std::size_t piece_trees() const;
  [[nodiscard]] std::size_t part_rows() const;
  void make_lanes();
  void renew();
  void run(Run& run);
  void make_piece(Run& run, std::size_t lane, std::size_t piece);
  void grow_trees(Lane& lane, std::size_t first, std::size_t count);
  [[nodiscard]] LpnRows rows(const Tree& tree, const Block* leaves, std::size_t from, std::size_t n) const;
  [[nodiscard]] Hashes hashes(const Demand& demand, Lane& lane, std::size_t at) const;
  void resume(const Demand& demand, Lane& lane, std::size_t at, const Carried& carried) const;
  void serve(const Demand& demand, const Take& take, Lane& lane, const Tree& tree, const Block* leaves,
             std::size_t from, std::size_t n, std::size_t at) const;
  void check(Lane& lane, const Tree& tree, const Block* leaves) const;

  std::uint64_t next_ = 0;
  std::uint64_t grown_ = 0;  // trees of the session
  Block start_;
  std::size_t opened_ = 0;     // trees of the iteration
  std::vector<Block> leaves_;  // of the tree in use
  Tree tree_{};
  std::size_t used_;       // of its leaves
  std::size_t taken_ = 0;  // of the request's corrections, in bytes
  std::vector<Lane> lanes_;
  bool begun_ = false, usable_ = false, sealed_ = false;
  std::uint8_t direction_;
  std::uint64_t check_at_ = 0;  // the sealed check's first transfer
  Transcript transcript_;
  Block leaves_sum_, noise_sum_;  // of chi_i times a leaf, and of chi_alpha, since the last check
};

}  // namespace veilward::ot
