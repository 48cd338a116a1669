/// The pool and what runs on it, under ThreadSanitizer: `main race` is its control, which must be reported.
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "parallel/pool.h"
#include "twoparty/linear/bfv.h"
#include "twoparty/linear/limbs.h"
#include "twoparty/linear/product.h"
#include "twoparty/linear/rows.h"
#include "twoparty/ot/ferret_receiver.h"
#include "twoparty/ot/ferret_sender.h"

using namespace veilward;

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  std::exit(2);
}

void race() {
  Pool pool;
  pool.use_threads(4);
  std::size_t sum = 0;
  std::atomic<int> arrived = 0;
  pool.each(4, 4, [&](std::size_t, std::size_t part) {
    arrived.fetch_add(1, std::memory_order_relaxed);  // orders nothing
    while (arrived.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
    sum += part;
  });
  std::printf("%zu\n", sum);
}

/// Parts begin in order, pass in order, each once; lanes are used by one part at a time.
void parts_and_turns(Pool& pool) {
  constexpr std::size_t parts = 2000;
  std::vector<std::size_t> passed, lane(64);
  std::vector<int> seen(parts);
  Turns turns;
  pool.each(pool.threads(), parts, [&](std::size_t at, std::size_t part) {
    Turns::Turn turn(turns, part);
    ++lane[at];
    ++seen[part];
    turn.come();
    passed.push_back(part);
    turn.pass();
  });
  std::vector<std::size_t> order(parts);
  std::iota(order.begin(), order.end(), 0);
  require(passed == order, "the order of turns");
  require(seen == std::vector<int>(parts, 1), "each part once");
  require(std::accumulate(lane.begin(), lane.end(), std::size_t{0}) == parts, "lanes");
}

/// The lowest part that throws is told, and nobody waits for it.
void failures(Pool& pool) {
  for (std::size_t bad : {0, 7, 499}) {
    Turns turns;
    try {
      pool.each(pool.threads(), 500, [&](std::size_t, std::size_t part) {
        Turns::Turn turn(turns, part);
        if (part >= bad) throw std::out_of_range(std::to_string(part));
        turn.come();
        turn.pass();
      });
      require(false, "an exception");
    } catch (const std::out_of_range& error) {
      require(error.what() == std::to_string(bad), "the first exception");
    }
  }
}

void pools() {
  Pool pool;
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i)
    callers.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        parts_and_turns(pool);
        failures(pool);
      }
    });
  for (std::size_t threads : {2, 4, 1, 8, 3}) pool.use_threads(threads);
  for (std::thread& caller : callers) caller.join();
}

void transfers() {
  using namespace ot;
  const std::array<std::uint8_t, 16> one{1}, two{2};
  FerretSender sender(16, 4, 0, one);
  FerretReceiver receiver(16, 4, 0, two);
  sender.accept_trees(receiver.trees(sender.reply(receiver.offer())));
  const std::size_t usable = lpn_set(16).usable();
  for (const std::size_t n : {std::size_t{1000}, std::size_t{33333}, usable / 5 + 77}) {
    const Correlation wanted{Kind::leaf, 5, n};
    std::vector<std::uint8_t> message(sender.message_bytes(wanted)), rho(n), pad(n);
    std::vector<std::uint32_t> pads(n);
    sender.extend(wanted, message, {.words = pads.data()});
    receiver.extend(wanted, message, {.rho = rho.data(), .bytes = pad.data()});
    for (std::size_t i = 0; i < n; ++i) require((pads[i] >> rho[i] & 1) == pad[i], "a transfer");
  }
  receiver.seal_check(sender.seal_check());
  receiver.verify(sender.answer(receiver.challenge()));
}

void linear_phase() {
  using namespace linear;
  constexpr std::size_t n = 2048, rows = 24, terms = 40, outputs = 17;
  const u64 q = 281474976694273;  // 48 bits, 1 mod 4096
  const Ntt ntt(n, q);
  const std::array<std::uint8_t, 16> key{3}, open{4}, hidden{5};
  const SecretKey secret = SecretKey::generate(ntt, key);
  std::vector<u64> c0(rows * n), c1(rows * n), noise(n);
  std::vector<std::uint32_t> message(n, 5), out(rows * n);
  std::vector<std::int32_t> positions(n);
  std::iota(positions.begin(), positions.end(), 0);
  by_rows(rows, [&](std::size_t i) {
    encrypt(ntt, secret, message, 20, open, hidden, i, std::span(c0).subspan(i * n, n));
    expand_uniform(ntt, open, i, std::span(c1).subspan(i * n, n));
  });
  std::vector<double> digits(2 * rows * n);
  signed_digits(c0, n, q, 24, 0, n, digits.data(), digits.data() + rows * n);
  by_rows(rows, [&](std::size_t i) {
    decrypt(ntt, secret, std::span(c0).subspan(i * n, n), positions, std::span(c1).subspan(i * n, n), 20,
            std::span(out).subspan(i * n, n));
  });
  require(out == std::vector<std::uint32_t>(rows * n, 5), "a message");
  const std::vector<std::int8_t> weights(outputs * terms, -3);
  std::vector<std::int64_t> offsets(terms);
  for (std::size_t k = 0; k < terms; ++k) offsets[k] = static_cast<std::int64_t>(k * 8);
  std::vector<u64> product(outputs * n);
  const double* const both[2] = {digits.data(), digits.data() + rows * n};
  product_mod({weights, offsets, outputs, terms, 1}, both, 24, q, n, product.data(), best_tiles());
  require(std::equal(product.begin(), product.begin() + n, product.end() - n), "a product");
  const std::size_t limbs = limbs_of(bits_of(q));
  std::vector<std::uint8_t> planes(limbs * rows * n);
  std::vector<u64> again(outputs * n);
  residue_limbs(c0, n, q, limbs, 0, n, planes.data());
  limb_product_mod({weights, offsets, outputs, terms, 1}, {planes.data(), rows * n, limbs}, q, n, again.data(),
                   best_limb_tiles());
  require(again == product, "a product in bytes");
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::strcmp(arguments[1], "race") == 0) {
    race();
    return 0;
  }
  pools();
  Pool::shared().use_threads(4);
  std::thread other(transfers), third(linear_phase);
  transfers();
  linear_phase();
  other.join();
  third.join();
  std::puts("done");
  return 0;
}
