"""No product of the engine saturates, whatever instructions the machine has.

int8 products through 16-bit pair sums (VPMADDUBSW, what libraries take where VNNI is absent) saturate silently. The
engine multiplies digits in float64, exactly, or where there is VNNI bytes into sums of 32 bits that are long enough; no
such library is even loaded. Each run is a process of its own, with
the instruction sets of oneDNN, torch, MKL, OpenBLAS and numpy limited as well as the engine's.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from snni.twoparty import _linear, _ot

ROOT = Path(__file__).parents[3]
AVX512_OF_NUMPY = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"

LIMITS = {
    "SSE41": ("portable", "portable", "default", "Nehalem", "AVX2 FMA3 " + AVX512_OF_NUMPY),
    "AVX": ("portable", "aesni", "default", "Sandybridge", "AVX2 FMA3 " + AVX512_OF_NUMPY),
    "AVX2": ("avx2", "aesni", "avx2", "Haswell", AVX512_OF_NUMPY),
    "AVX2_VNNI": ("avx2", "vaes256", "avx2", "Haswell", AVX512_OF_NUMPY),
    "AVX512_CORE": ("avx512", "vaes256", "avx512", "SkylakeX", ""),
    "AVX512_CORE_VNNI": ("avx512ifma", "vaes512", "avx512", "SkylakeX", ""),
    "DEFAULT": ("avx512vnni", "vaes512", "", "", ""),
}


def limited(name):
    """Environment and arguments of one run; where the CPU has less than the limit, what it has."""
    kernels, ciphers, aten, blas, numpy_without = LIMITS[name]
    variables = {
        "ONEDNN_MAX_CPU_ISA": name,
        "DNNL_MAX_CPU_ISA": name,
        "ATEN_CPU_CAPABILITY": aten,
        "OPENBLAS_CORETYPE": blas,
        "NPY_DISABLE_CPU_FEATURES": numpy_without,
        "PYTHONWARNINGS": "ignore",
    }
    has = {"kernels": _linear.isas(), "ciphers": _ot.isas()}
    arguments = [
        kernels if kernels in has["kernels"] else has["kernels"][-1],
        ciphers if ciphers in has["ciphers"] else has["ciphers"][-1],
    ]
    return os.environ | {key: value for key, value in variables.items() if value}, arguments


def run(name):
    environment, arguments = limited(name)
    program = [sys.executable, str(Path(__file__).parent / "extremes.py"), *arguments]
    done = subprocess.run(program, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def portable():
    return run("SSE41")


@pytest.mark.parametrize("name", [name for name in LIMITS if name != "SSE41"])
def test_products_at_the_extremes_are_exact_and_the_same(name, portable):
    assert run(name) == portable


def test_no_library_of_int8_products_is_loaded(portable):
    assert portable["foreign"] == []


def test_the_extremes_are_ones_that_saturation_spoils():
    """The same extremes through pair sums of 16 bits, as VPMADDUBSW forms them, are wrong: the test would notice."""
    activations, weights = np.full(4608, 255, np.int64), np.full(4608, 127, np.int64)
    pairs = (activations * weights).reshape(-1, 2).sum(axis=1)
    saturated = np.clip(pairs, -(1 << 15), (1 << 15) - 1).sum()
    assert saturated != (activations * weights).sum()
