"""The end of a process, and what it must not leave behind."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import resource
import signal
import sys
import threading
import time
from typing import NoReturn

PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4


def stop_event() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set. Call it inside the running loop, in the main thread."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, event.set)
    return event


def leave(status: int = 0, patience_s: float = 5.0) -> NoReturn:
    """End the process with `status` and its output written, though daemon threads may be in native code.

    CPython ends such a thread where it next asks for the interpreter, by unwinding through C++ frames that do not
    allow it: the process would abort. So they are awaited, and past patience_s the process ends without finalising.
    """
    deadline = time.monotonic() + patience_s
    threads = [thread for thread in threading.enumerate() if thread.daemon]
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def harden() -> None:
    """Forbid core dumps and debugger attachment, so that memory never becomes a file (prctl(2), setrlimit(2)).

    Raises:
        OSError: the kernel refused; the process must not go on to hold a picture.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def dumpable() -> bool:
    """Whether the kernel would dump this process's memory (PR_GET_DUMPABLE is not 0)."""
    return bool(ctypes.CDLL(None, use_errno=True).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
