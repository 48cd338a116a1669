"""Heaps of a process's threads, as glibc tells them."""

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys, threading
from services.runtime.heap import share_heap

if sys.argv[1] == "shared":
    share_heap()
libc, held = ctypes.CDLL(None), []
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
both = threading.Barrier(4)

def hold():
    held.append(libc.malloc(1 << 16))
    both.wait()

threads = [threading.Thread(target=hold) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


@pytest.mark.parametrize(("how", "one"), [("shared", True), ("apart", False)])
def test_threads_share_the_heap_that_they_would_each_have_their_own_of(how: str, one: bool) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    assert (done.stdout.count("<heap nr=") == 1) is one
