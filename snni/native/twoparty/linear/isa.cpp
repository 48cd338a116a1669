#include "twoparty/linear/isa.h"

#include <atomic>
#include <stdexcept>

namespace veilward::linear {
namespace {

std::atomic<Isa>& chosen() {
  static std::atomic<Isa> isa{[] {
    for (Isa best : {Isa::avx512vnni, Isa::avx512ifma, Isa::avx512, Isa::avx2})
      if (supported(best)) return best;
    return Isa::portable;
  }()};
  return isa;
}

}  // namespace

bool supported(Isa isa) {
  switch (isa) {
    case Isa::portable:
      return true;
#if defined(__x86_64__)
    case Isa::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
    case Isa::avx512ifma:
      return supported(Isa::avx512) && __builtin_cpu_supports("avx512ifma");
    case Isa::avx512vnni:
      return supported(Isa::avx512ifma) && __builtin_cpu_supports("avx512vnni");
#endif
    default:
      return false;
  }
}

const char* name(Isa isa) {
  constexpr const char* names[] = {"portable", "avx2", "avx512", "avx512ifma", "avx512vnni"};
  return names[static_cast<int>(isa)];
}

Isa best_isa() { return chosen().load(std::memory_order_relaxed); }

void use_isa(Isa isa) {
  if (!supported(isa)) throw std::invalid_argument("this machine has no such instruction set");
  chosen().store(isa, std::memory_order_relaxed);
}

}  // namespace veilward::linear
