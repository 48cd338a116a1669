/// Threads that share a kernel's work. Which thread computes a part is chance; what it computes is not: a part reads
/// what was there before, writes what no other part touches, and draws from streams of its own alone. So results are
/// the same to the bit whatever the number of threads; with one, nothing is handed over at all.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace veilward {

class Pool {
 public:
  /// The module's: every library is linked into a module of its own.
  static Pool& shared();

  Pool() = default;
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  static constexpr std::size_t max_threads = 64;
  /// From now on; the caller's thread counts. Kernels in work go on with what they have. Throws std::invalid_argument
  /// outside 1..max_threads, std::system_error where the system gives no such threads.
  void use_threads(std::size_t threads);
  [[nodiscard]] std::size_t threads() const { return threads_.load(std::memory_order_relaxed); }

  /// body(lane, part) for parts 0, 1, .. `parts` - 1, begun in this order, on the caller's thread and on others; each
  /// lane, below `lanes`, is at one part at a time. Returns when all are done; rethrows what the lowest part that threw
  /// did, and begins no more after it. Any number of threads may call it at once; a body must not.
  template <class Body>
  void each(std::size_t lanes, std::size_t parts, const Body& body) {
    if (lanes <= 1 || parts <= 1) {
      for (std::size_t part = 0; part < parts; ++part) body(std::size_t{0}, part);
      return;
    }
    Job job{&call<Body>, &body, parts, std::min(lanes, parts)};
    run(job);
  }

  /// body(first, last) for slices of [0, n), none shorter than `grain` but one that is all.
  template <class Body>
  void split(std::size_t n, std::size_t grain, const Body& body) {
    const std::size_t lanes = threads(), most = lanes == 1 ? 1 : lanes * slices_a_thread;
    const std::size_t parts = std::clamp<std::size_t>(n / grain, 1, most);
    each(lanes, parts, [&](std::size_t, std::size_t part) { body(n * part / parts, n * (part + 1) / parts); });
  }

 private:
  /// Several slices for each thread, so that one that is held up leaves the rest of its share to the others.
  static constexpr std::size_t slices_a_thread = 4;

  struct Job {
    void (*body)(const void*, std::size_t, std::size_t);
    const void* context;
    std::size_t parts, lanes;
    std::atomic<std::size_t> next{0};   // the first part that nobody has taken
    std::size_t joined = 1, at_it = 1;  // threads that ever were and that are at it, the caller's first; under mutex_
    std::size_t failed = ~std::size_t{0};
    std::exception_ptr error = nullptr;  // of part `failed`; under mutex_
  };

  template <class Body>
  static void call(const void* body, std::size_t lane, std::size_t part) {
    (*static_cast<const Body*>(body))(lane, part);
  }

  void run(Job& job);
  void take_parts(Job& job, std::size_t lane);
  void help();
  void stop();

  std::atomic<std::size_t> threads_{1};
  std::mutex mutex_, resizing_;
  std::condition_variable wake_, left_;
  std::deque<Job*> jobs_;  // that may have parts left
  std::vector<std::thread> helpers_;
  bool stopping_ = false;
};

/// In the module's pool.
template <class Body>
void split(std::size_t n, std::size_t grain, const Body& body) {
  Pool::shared().split(n, grain, body);
}

/// A place that parts of `Pool::each` pass one after the other, in their order.
class Turns {
 public:
  /// One part's passing. A part that ends before it has passed does so at its end, so that nobody waits for ever.
  class Turn {
   public:
    Turn(Turns& turns, std::size_t part) : turns_(turns), part_(part) {}
    ~Turn() { pass(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    /// Waits until every part before has passed.
    void come();
    void pass();

   private:
    Turns& turns_;
    std::size_t part_;
    bool passed_ = false;
  };

 private:
  std::atomic<std::size_t> next_{0};
};

}  // namespace veilward
