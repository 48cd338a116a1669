// A TCP relay that adds a fixed delay each way, and where asked a rate, to any number of connections.
//
//   relay --listen ADDRESS:PORT --to ADDRESS:PORT [--delay-us N] [--rate BYTES_PER_S] [--buffer BYTES] [--realtime]
//
// Order is kept, half-closes and resets are passed on as late as bytes, and opening a connection costs a round trip as
// TCP's own handshake does. The delay does not cap the throughput while `buffer` holds rate times delay. What it does
// not do: lose, reorder, or start slowly; TCP runs over two short legs, so no congestion window grows over the delay.
// A stream's bytes are read and sent on in groups, at most a tenth of the delay apart and never more than 0.5 ms, read
// late by about as much as they are sent early; a single message is exact. So few wake-ups cost little CPU. Memory: 2 *
// (buffer + 0.5 MiB) a connection at most, kMaxConnections of them; a sender waits when a line is full. Prints
// {"event": "listening", "port": N} when it is, and its counters as JSON when told to end (SIGTERM, SIGINT).

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <queue>
#include <stdexcept>
#include <string>
#include <unordered_map>

#include "connection.hpp"
#include "options.hpp"

namespace veilward::links {
namespace {

constexpr std::size_t kMaxConnections = 1024;
constexpr Nanos kMostTogether = 500'000;
constexpr std::uint64_t kListener = 0, kSignals = 1;  // epoll keys; a connection's are 2 * id and 2 * id + 1, id >= 1

Nanos now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

void sleep_until(Nanos moment) {
  const timespec t{moment / 1'000'000'000, moment % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr);
}

int checked(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  return result;
}

void no_delay(int socket) {
  const int one = 1;
  checked(setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), "TCP_NODELAY");
}

/// Before a socket connects or listens (what it accepts inherits it): BBR would pace the short legs by its own
/// estimate, and a socket that began with it keeps pacing.
void no_pacing(int socket) { setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, "reno", 4); }

class Relay {
 public:
  explicit Relay(const Options& options)
      : options_(options),
        link_{options.delay,
              std::min(options.delay / 10, kMostTogether),
              options.buffer,
              {Pacer(options.rate), Pacer(options.rate)},
              {},
              {}},
        epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll")) {}

  void run() {
    listen_here();
    watch_signals();
    while (!stop_) {
      epoll_event events[64];
      const int count = wait(events, 64);
      const Nanos began = now_ns();
      for (int i = 0; i < count; ++i) on_event(events[i], now_ns());
      for (const Nanos now = now_ns(); !wakes_.empty() && wakes_.top().first <= now;) {
        const std::uint64_t id = wakes_.top().second;
        wakes_.pop();
        if (auto found = connections_.find(id); found != connections_.end()) {
          found->second.wake = Connection::kNever;
          found->second.connection.on_time(now);
          settle(id, found->second);
        }
      }
      if (count > 0) sleep_until(std::min(began + link_.together, wakes_.empty() ? INT64_MAX : wakes_.top().first));
    }
    report();
  }

 private:
  struct Entry {
    Entry(Link& link, int dialler, int target, Nanos now) : connection(link, dialler, target, now) {}
    Connection connection;
    std::uint32_t told[2] = {0, 0};  // what epoll has been asked for
    Nanos wake = Connection::kNever;
  };
  using Wake = std::pair<Nanos, std::uint64_t>;

  void listen_here() {
    listener_ = checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    const int one = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    no_pacing(listener_);
    checked(bind(listener_, reinterpret_cast<const sockaddr*>(&options_.listen), sizeof options_.listen), "bind");
    checked(listen(listener_, 128), "listen");
    socklen_t size = sizeof options_.listen;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&options_.listen), &size);
    add(listener_, kListener);
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    const sched_param lowest{1};
    const bool realtime = options_.realtime && sched_setscheduler(0, SCHED_RR, &lowest) == 0;
    std::printf("{\"event\": \"listening\", \"port\": %d, \"realtime\": %s}\n", ntohs(options_.listen.sin_port),
                realtime ? "true" : "false");
    std::fflush(stdout);
  }

  void watch_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    add(checked(signalfd(-1, &set, SFD_CLOEXEC), "signalfd"), kSignals);
  }

  void add(int fd, std::uint64_t key) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = key;
    checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll");
  }

  int wait(epoll_event* events, int most) {
    timespec left{};
    const timespec* timeout = nullptr;
    if (!wakes_.empty()) {
      const Nanos ns = std::max<Nanos>(0, wakes_.top().first - now_ns());
      left = {ns / 1'000'000'000, ns % 1'000'000'000};
      timeout = &left;
    }
    const int count = epoll_pwait2(epoll_, events, most, timeout, nullptr);
    if (count < 0 && errno != EINTR) checked(count, "epoll");
    return std::max(count, 0);
  }

  void on_event(const epoll_event& event, Nanos now) {
    const std::uint64_t key = event.data.u64;
    if (key == kListener) return admit(now);
    if (key == kSignals) {
      stop_ = true;
      return;
    }
    const auto found = connections_.find(key / 2);
    if (found == connections_.end()) return;
    found->second.connection.on_event(static_cast<int>(key % 2), event.events, now);
    settle(key / 2, found->second);
  }

  void admit(Nanos now) {
    const int dialler = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (dialler < 0) return;
    const int target = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (target < 0 || connections_.size() >= kMaxConnections) {
      close(dialler);
      if (target >= 0) close(target);
      ++refused_;
      return;
    }
    no_delay(dialler);
    no_delay(target);
    no_pacing(target);
    // A refusal comes as an event on the socket.
    (void)!connect(target, reinterpret_cast<const sockaddr*>(&options_.to), sizeof options_.to);
    const std::uint64_t id = ++accepted_;
    settle(id, connections_.try_emplace(id, link_, dialler, target, now).first->second);
  }

  /// Ask epoll and the clock for what the connection waits for now; forget one that is over.
  void settle(std::uint64_t id, Entry& entry) {
    Connection& connection = entry.connection;
    if (connection.over()) {
      connections_.erase(id);  // closing takes the sockets out of epoll
      return;
    }
    for (int side : {0, 1}) {
      const std::uint32_t wanted = connection.interest(side);
      if (wanted == entry.told[side]) continue;
      epoll_event event{};
      event.events = wanted;
      event.data.u64 = 2 * id + static_cast<std::uint64_t>(side);
      const int how = wanted == 0 ? EPOLL_CTL_DEL : entry.told[side] == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
      checked(epoll_ctl(epoll_, how, connection.socket(side), &event), "epoll");
      entry.told[side] = wanted;
    }
    if (const Nanos next = connection.next_time(); next < entry.wake) {
      entry.wake = next;
      wakes_.emplace(next, id);
    }
  }

  void report() const {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const double cpu = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                       1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    std::printf(
        "{\"event\": \"ended\", \"connections\": %llu, \"refused\": %llu, \"bytes_up\": %llu, \"bytes_down\": %llu, "
        "\"late_us\": {\"p50\": %llu, \"p99\": %llu, \"max\": %llu}, \"writes\": %llu, \"cpu_s\": %.3f}\n",
        number(accepted_), number(refused_), number(link_.bytes[0]), number(link_.bytes[1]),
        number(link_.lateness.percentile_us(0.5)), number(link_.lateness.percentile_us(0.99)),
        number(link_.lateness.max_us()), number(link_.lateness.count()), cpu);
    std::fflush(stdout);
  }

  static unsigned long long number(std::uint64_t value) { return value; }

  Options options_;
  Link link_;
  int epoll_, listener_ = -1;
  bool stop_ = false;
  std::uint64_t accepted_ = 0, refused_ = 0;
  std::unordered_map<std::uint64_t, Entry> connections_;
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes_;
};

}  // namespace
}  // namespace veilward::links

int main(int argc, char** argv) {
  try {
    veilward::links::Relay(veilward::links::parse(argc, argv)).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "relay: %s\n", error.what());
    return 2;
  }
  return 0;
}
