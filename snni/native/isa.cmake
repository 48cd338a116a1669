# add_isa_sources(<target>): adds aesni.cpp, vaes256.cpp and vaes512.cpp, or armv8.cpp, of the current folder with their flags.
# -Wno-uninitialized etc.: GCC 12's own AVX-512 header reads `_mm512_undefined_epi32()` (GCC bug 105593).
function(add_isa_sources target)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    target_sources(${target} PRIVATE aesni.cpp vaes256.cpp vaes512.cpp)
    set_source_files_properties(aesni.cpp PROPERTIES COMPILE_OPTIONS "-maes;-mpclmul;-mssse3;-msse4.1")
    set_source_files_properties(vaes256.cpp PROPERTIES COMPILE_OPTIONS "-mavx2;-maes;-mvaes;-mpclmul;-mvpclmulqdq")
    set_source_files_properties(vaes512.cpp PROPERTIES COMPILE_OPTIONS
      "-mavx512f;-mavx512bw;-mavx512vl;-mavx2;-maes;-mvaes;-mpclmul;-mvpclmulqdq;-Wno-uninitialized;-Wno-maybe-uninitialized")
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    target_sources(${target} PRIVATE armv8.cpp)
    set_source_files_properties(armv8.cpp PROPERTIES COMPILE_OPTIONS "-march=armv8-a+crypto")
  endif()
endfunction()
