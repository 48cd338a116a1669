"""How many threads of this process share the work of one kernel: of oblivious transfer, and of the linear phase.

What is sent and what comes out is the same to the bit whatever the number (native/parallel/pool.h). A session still has
its kernels run one after the other: threads make its work ahead of time quicker, not more of it at once.
"""

from __future__ import annotations

from snni.errors import ParameterError
from snni.twoparty import _linear, _ot

MAX_THREADS = 64


def use_threads(threads: int) -> None:
    """From now on, the thread that calls a kernel among them; 1 until then. Raises ParameterError: not 1 to 64."""
    if not 1 <= threads <= MAX_THREADS:
        raise ParameterError(f"threads are 1 to {MAX_THREADS}, not {threads}")
    for module in (_linear, _ot):
        module.use_threads(threads)
