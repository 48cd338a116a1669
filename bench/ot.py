"""Random oblivious transfers: millions a second and bytes each, one core a party.

    python -m bench.ot [--k 2 4 8] [--transfers 1048576] [--out FILE]

Prints JSON. `receiver_per_s` and `sender_per_s` are each party's own work on prepared messages, one after the other on
one core, so that neither waits for the other; both count transfers, and `results_per_s` results, which use 1 to 4.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from snni import _ot
from snni.ot import OtParams
from snni.ot.cost import request_cost, setup_cost, transfers_of

Calls = tuple[Callable[[], Any], Callable[..., Any]]
KINDS: list[tuple[str, int | None]] = [("cot", None), ("leaf", 4), ("bits2", None), ("pads", None), ("pads4", None)]


def cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


def connected(k: int) -> tuple[_ot.Sender, _ot.Receiver, float]:
    """Both ends, set up, and the seconds it took."""
    seed = np.random.default_rng().integers(0, 256, (2, 16), dtype=np.uint8)
    sender, receiver = _ot.Sender(k, 0, seed[0]), _ot.Receiver(k, 0, seed[1])
    started = time.perf_counter()
    sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
    return sender, receiver, time.perf_counter() - started


def calls(kind: str, sender: _ot.Sender, receiver: _ot.Receiver, n: int) -> Calls:
    """(receiver's call, which returns the message; sender's call on it) for n results into arrays made once."""
    u8, u32 = [np.empty(n, np.uint8) for _ in range(2)], [np.empty(n, np.uint32) for _ in range(2)]
    q, t, four = np.empty((n, 16), np.uint8), np.empty((n, 16), np.uint8), np.empty((n, 4), np.uint32)
    made: dict[str, Calls] = {
        "cot": (lambda: receiver.cot(u8[0], t), lambda m: sender.cot(m, q)),
        "leaf": (lambda: receiver.leaf(4, u8[0], u8[1]), lambda m: sender.leaf(m, 4, u32[0])),
        "bits2": (lambda: receiver.bits2(u8[0], u8[1]), lambda m: sender.bits2(m, u8[0], u8[1])),
        "pads": (lambda: receiver.pads(32, u8[0], u32[0]), lambda m: sender.pads(m, 32, u32[0], u32[1])),
        "pads4": (lambda: receiver.pads4(u8[0], u32[0]), lambda m: sender.pads4(m, four)),
    }
    return made[kind]


def measure(kind: str, bits: int | None, k: int, transfers: int) -> dict[str, float | int | str]:
    each = transfers_of(kind, bits)
    params = OtParams(k=k)
    sender, receiver, _ = connected(k)
    part = next(iter(params.chunks(transfers // each, each)))
    make, take = calls(kind, sender, receiver, part.stop)
    repeats = max(1, transfers // (part.stop * each))
    take(make())  # pages touched, caches warm
    made = taken = 0.0
    for _ in range(repeats):
        started = time.perf_counter()
        message = make()
        between = time.perf_counter()
        take(message)
        made, taken = made + between - started, taken + time.perf_counter() - between
    n = repeats * part.stop
    return {
        "kind": kind,
        "k": k,
        "transfers_a_result": each,
        "results": n,
        "receiver_per_s": round(n * each / made),
        "sender_per_s": round(n * each / taken),
        "results_per_s": round(n / max(made, taken)),
        "bytes_a_transfer": round(request_cost(params, n, each).from_receiver / (n * each), 3),
        "bytes_a_result": round(request_cost(params, n, each).from_receiver / n, 3),
    }


def setup(k: int) -> dict[str, float | int]:
    cost = setup_cost(OtParams(k=k))
    return {"k": k, "seconds": round(connected(k)[2], 4), "bytes": cost.from_receiver + cost.from_sender, "flights": 3}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--k", type=int, nargs="+", default=list(range(2, 9)))
    parser.add_argument("--transfers", type=int, default=1 << 20)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    report = {
        "commit": commit(),
        "cpu": cpu_name(),
        "instruction_set": _ot.isas()[-1],
        "threads": 1,
        "chunk": OtParams().chunk,
        "setup": [setup(k) for k in arguments.k],
        "extension": [measure(kind, bits, k, arguments.transfers) for k in arguments.k for kind, bits in KINDS],
        "memory_max_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    text = json.dumps(report, indent=2)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
