#include "parallel/pool.h"

#include <stdexcept>

namespace veilward {

Pool& Pool::shared() {
  static Pool& pool = *new Pool;  // never destroyed: at the process's end kernels may still be in work
  return pool;
}

Pool::~Pool() { stop(); }

void Pool::use_threads(std::size_t threads) {
  if (threads < 1 || threads > max_threads) throw std::invalid_argument("threads are 1 to 64");
  const std::lock_guard one(resizing_);
  stop();
  for (std::size_t i = 1; i < threads; ++i) helpers_.emplace_back([this] { help(); });
  threads_ = threads;
}

/// Ends the helpers, each after the job it is at.
void Pool::stop() {
  threads_ = 1;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
  helpers_.clear();
  const std::lock_guard lock(mutex_);
  stopping_ = false;
}

void Pool::take_parts(Job& job, std::size_t lane) {
  for (std::size_t part; (part = job.next.fetch_add(1, std::memory_order_relaxed)) < job.parts;) {
    try {
      job.body(job.context, lane, part);
    } catch (...) {
      job.next = job.parts;
      const std::lock_guard lock(mutex_);
      if (part < job.failed) {
        job.failed = part;
        job.error = std::current_exception();
      }
    }
  }
}

void Pool::run(Job& job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(&job);
  }
  wake_.notify_all();
  take_parts(job, 0);
  std::unique_lock lock(mutex_);
  std::erase(jobs_, &job);
  left_.wait(lock, [&] { return job.at_it == 1; });
  if (job.error) std::rethrow_exception(job.error);
}

void Pool::help() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    Job& job = *jobs_.front();
    const std::size_t lane = job.joined++;
    ++job.at_it;
    if (job.joined == job.lanes) jobs_.pop_front();
    lock.unlock();
    take_parts(job, lane);
    lock.lock();
    std::erase(jobs_, &job);  // no part is left
    if (--job.at_it == 1) left_.notify_all();
  }
}

void Turns::Turn::come() {
  for (std::size_t next; (next = turns_.next_.load(std::memory_order_acquire)) < part_;)
    turns_.next_.wait(next, std::memory_order_acquire);
}

void Turns::Turn::pass() {
  if (passed_) return;
  come();
  passed_ = true;
  turns_.next_.store(part_ + 1, std::memory_order_release);
  turns_.next_.notify_all();
}

}  // namespace veilward
