#include <atomic>
#include <stdexcept>

#include "aes/isa_tables.h"
#include "aes/tables.h"

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace veilward::aes {
namespace {

constexpr Tables<Kernels> tables = VEILWARD_TABLES_OF_THIS_BUILD;

Isa fastest() {
  for (Isa isa : {Isa::vaes512, Isa::vaes256, Isa::aesni, Isa::armv8}) {
    if (supported(isa)) return isa;
  }
  return Isa::portable;
}

std::atomic<Isa>& chosen() {
  static std::atomic<Isa> isa{fastest()};
  return isa;
}

}  // namespace

bool supported(Isa isa) {
  switch (isa) {
    case Isa::portable:
      return true;
#if defined(__x86_64__)
    case Isa::aesni:
      return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
    case Isa::vaes256:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") && __builtin_cpu_supports("vaes") &&
             __builtin_cpu_supports("vpclmulqdq");
    case Isa::vaes512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("aes") && __builtin_cpu_supports("vaes") &&
             __builtin_cpu_supports("vpclmulqdq");
#elif defined(__aarch64__)
    case Isa::armv8:
      return (getauxval(AT_HWCAP) & HWCAP_AES) != 0 && (getauxval(AT_HWCAP) & HWCAP_PMULL) != 0;
#endif
    default:
      return false;
  }
}

Isa best_isa() { return chosen().load(std::memory_order_relaxed); }

void use_isa(Isa isa) {
  if (!supported(isa)) throw std::invalid_argument("this CPU or build has no such AES instructions");
  chosen().store(isa, std::memory_order_relaxed);
}

const char* name(Isa isa) {
  constexpr std::array names{"portable", "aesni", "vaes256", "vaes512", "armv8"};
  return names[static_cast<std::size_t>(isa)];
}

std::vector<std::string> supported_names() {
  std::vector<std::string> out;
  for (const Isa isa : all_isas)
    if (supported(isa)) out.emplace_back(name(isa));
  return out;
}

Isa isa_named(std::string_view wanted) {
  for (Isa isa : all_isas) {
    if (wanted == name(isa)) return isa;
  }
  throw std::invalid_argument("no such instruction set");
}

const Kernels& kernels(Isa isa) { return tables.of(isa); }

const Kernels& kernels() { return kernels(best_isa()); }

void wipe(void* data, std::size_t n) {
  if (n == 0) return;
  __builtin_memset(data, 0, n);
  asm volatile("" : : "r"(data) : "memory");
}

}  // namespace veilward::aes
