#pragma once
// One loop compiled for each instruction set, chosen as the ciphers are (aes/aes128.h): all compute the same words.

#include "aes/aes128.h"

#define VEILWARD_BODY __attribute__((always_inline)) inline
#if defined(__x86_64__)
/// Defines name(parameters) that runs name_body(arguments), compiled for the best instruction set at hand.
#define VEILWARD_VARIANTS(name, parameters, arguments)                                                      \
  namespace {                                                                                               \
  __attribute__((target("avx512f,avx512bw,avx512vl,prefer-vector-width=512"))) void name##_512 parameters { \
    name##_body arguments;                                                                                  \
  }                                                                                                         \
  __attribute__((target("avx2"))) void name##_256 parameters { name##_body arguments; }                     \
  }                                                                                                         \
  void name parameters {                                                                                    \
    if (aes::best_isa() == aes::Isa::vaes512) return name##_512 arguments;                                  \
    if (aes::best_isa() == aes::Isa::vaes256) return name##_256 arguments;                                  \
    name##_body arguments;                                                                                  \
  }
#else
#define VEILWARD_VARIANTS(name, parameters, arguments) \
  void name parameters { name##_body arguments; }
#endif
