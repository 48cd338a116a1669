#pragma once
// Which vector variant of a kernel runs. The portable body is compiled once more under each target, so every variant
// computes the same words.

namespace veilward::linear {

/// Each includes those before it. avx512: F, DQ, VL and BW.
enum class Isa { portable, avx2, avx512, avx512ifma, avx512vnni };
inline constexpr Isa all_isas[] = {Isa::portable, Isa::avx2, Isa::avx512, Isa::avx512ifma, Isa::avx512vnni};

/// Whether this build has kernels for `isa` and this CPU runs them. `portable` always.
[[nodiscard]] bool supported(Isa isa);
[[nodiscard]] const char* name(Isa isa);
/// The one that runs: the fastest supported one, until use_isa names another.
[[nodiscard]] Isa best_isa();
/// Transforms made before keep theirs. For tests: every instruction set computes the same words. Throws
/// std::invalid_argument if `isa` is not supported.
void use_isa(Isa isa);

}  // namespace veilward::linear

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
    const Isa isa = best_isa();                                            \
    if (isa >= Isa::avx512) return name##_avx512 arguments;                \
    if (isa == Isa::avx2) return name##_avx2 arguments;                    \
    name##_body arguments;                                                 \
  }
#else
#define VEILWARD_DISPATCH(name, parameters, arguments) \
  void name parameters { name##_body arguments; }
#endif
