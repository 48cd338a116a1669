#pragma once
// Which vector variant of a kernel runs. The portable body is compiled once more under each target, so every variant
// computes the same words.

namespace veilward::rlwe {

enum class Isa { portable, avx2, avx512 };

inline Isa best_isa() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw"))
    return Isa::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::avx2;
#endif
  return Isa::portable;
}

}  // namespace veilward::rlwe

#define VEILWARD_BODY __attribute__((always_inline)) inline
#if defined(__x86_64__)
#define VEILWARD_AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,prefer-vector-width=512")))
#define VEILWARD_AVX2 __attribute__((target("avx2,fma")))
/// Defines name(parameters) that runs name_body(arguments), compiled for the best instruction set at hand.
#define VEILWARD_DISPATCH(name, parameters, arguments)                     \
  namespace {                                                              \
  VEILWARD_AVX512 void name##_avx512 parameters { name##_body arguments; } \
  VEILWARD_AVX2 void name##_avx2 parameters { name##_body arguments; }     \
  }                                                                        \
  void name parameters {                                                   \
    static const Isa isa = best_isa();                                     \
    if (isa == Isa::avx512) return name##_avx512 arguments;                \
    if (isa == Isa::avx2) return name##_avx2 arguments;                    \
    name##_body arguments;                                                 \
  }
#else
#define VEILWARD_DISPATCH(name, parameters, arguments) \
  void name parameters { name##_body arguments; }
#endif
