"""Random oblivious transfers: millions a second and bytes each, one core a party.

    python -m bench.ot [--k 2 4 8] [--lpn 16 17] [--transfers 1048576] [--threads 1] [--out FILE]

Prints JSON: SoftSpokenOT for every k, Ferret for every set. `receiver_per_s` and `sender_per_s` are each party's own
work on prepared messages, one after the other, so that neither waits for the other: on one thread, but Ferret's on as
many as are asked for; both count transfers,
and `results_per_s` results, which use 1 to 4. Ferret is run over at least one whole iteration, its next base included.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.machine import commit, cpu_name
from localsite.ranges import whole
from localsite.result_file import result_file
from snni.twoparty import _ot
from snni.twoparty.ot import OtParams
from snni.twoparty.ot.extensions import extension_of
from snni.twoparty.ot.params import transfers_of
from snni.twoparty.ot.traffic import request_traffic, setup_traffic
from snni.twoparty.threads import MAX_THREADS, use_threads

Ends = tuple[Any, Any]
Calls = tuple[Callable[..., Any], Callable[..., Any]]
KINDS: list[tuple[str, int | None]] = [("cot", None), ("leaf", 5), ("bits2", None), ("pads", None), ("crossed", None)]


def connected(params: OtParams) -> tuple[Ends, float]:
    """(sender, receiver), set up, and the seconds it took."""
    seed = np.random.default_rng().integers(0, 256, (2, 16), dtype=np.uint8)
    ends: Ends
    if params.extension == "ferret":
        ends = (
            _ot.FerretSender(params.lpn, params.k, 0, seed[0]),
            _ot.FerretReceiver(params.lpn, params.k, 0, seed[1]),
        )
    else:
        ends = (_ot.Sender(params.k, 0, seed[0]), _ot.Receiver(params.k, 0, seed[1]))
    sender, receiver = ends
    started = time.perf_counter()
    sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
    return ends, time.perf_counter() - started


def calls(kind: str, ends: Ends, n: int) -> Calls:
    """(sender's call, receiver's call) for n results into arrays made once; the one that reads takes the message."""
    sender, receiver = ends
    u8, u32 = [np.empty(n, np.uint8) for _ in range(2)], [np.empty(n, np.uint32) for _ in range(2)]
    q, t, ten = np.empty((n, 16), np.uint8), np.empty((n, 16), np.uint8), np.empty((n, 10), np.uint32)
    four = np.empty((n, 4), np.uint32)
    made: dict[str, Calls] = {
        "cot": (lambda *m: sender.cot(*m, q), lambda *m: receiver.cot(*m, u8[0], t)),
        "leaf": (lambda *m: sender.leaf(*m, 5, u32[0]), lambda *m: receiver.leaf(*m, 5, u8[0], u8[1])),
        "bits2": (lambda *m: sender.bits2(*m, u8[0], u8[1]), lambda *m: receiver.bits2(*m, u8[0], u8[1])),
        "pads": (lambda *m: sender.pads(*m, 32, u32[0], u32[1]), lambda *m: receiver.pads(*m, 32, u8[0], u32[0])),
        "crossed": (lambda *m: sender.crossed(*m, ten), lambda *m: receiver.crossed(*m, u8[0], four)),
    }
    return made[kind]


def measure(kind: str, bits: int | None, params: OtParams, transfers: int) -> dict[str, float | int | str]:
    each = transfers_of(kind, bits)
    if params.extension == "ferret":
        transfers = max(transfers, _ot.lpn_set(params.lpn)["usable"])
    ends, _ = connected(params)
    part = next(iter(params.chunks(transfers // each, each)))
    send, receive = calls(kind, ends, part.stop)
    make, take = (send, receive) if extension_of(params).sender_writes else (receive, send)
    repeats = -(-transfers // (part.stop * each))
    take(make())  # pages touched, caches warm
    first = ends[0].next
    made = taken = 0.0
    for _ in range(repeats):
        started = time.perf_counter()
        message = make()
        between = time.perf_counter()
        take(message)
        made, taken = made + between - started, taken + time.perf_counter() - between
    n = repeats * part.stop
    cost = request_traffic(params, n, each, first)
    sent = cost.from_receiver + cost.from_sender
    sender_s, receiver_s = (made, taken) if extension_of(params).sender_writes else (taken, made)
    return {
        "kind": kind,
        **named(params),
        "transfers_a_result": each,
        "results": n,
        "receiver_per_s": round(n * each / receiver_s),
        "sender_per_s": round(n * each / sender_s),
        "results_per_s": round(n / max(made, taken)),
        "bytes_a_transfer": round(sent / (n * each), 4),
        "bytes_a_result": round(sent / n, 4),
    }


def named(params: OtParams) -> dict[str, int | str]:
    return {"extension": params.extension, **({"lpn": params.lpn} if params.extension == "ferret" else {"k": params.k})}


def setup(params: OtParams) -> dict[str, float | int | str]:
    cost = setup_traffic(params)
    seconds = connected(params)[1]
    return {**named(params), "seconds": round(seconds, 4), "bytes": cost.from_receiver + cost.from_sender, "flights": 3}


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench ot", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--k", type=whole(1), nargs="*", default=list(range(2, 9)))
    parser.add_argument("--lpn", type=whole(1), nargs="*", default=[16, 17, 18, 19])
    parser.add_argument("--transfers", type=whole(1), default=1 << 20)
    parser.add_argument("--threads", type=whole(1, MAX_THREADS), default=1, help="that share Ferret's work")
    parser.add_argument("--out", type=result_file)
    arguments = parser.parse_args()
    use_threads(arguments.threads)
    choices = [OtParams(k=k) for k in arguments.k] + [OtParams(extension="ferret", lpn=lpn) for lpn in arguments.lpn]
    report = {
        "commit": commit(),
        "cpu": cpu_name(),
        "instruction_set": _ot.isas()[-1],
        "threads": arguments.threads,
        "chunk": OtParams().chunk,
        "setup": [setup(params) for params in choices],
        "extension": [measure(kind, bits, one, arguments.transfers) for one in choices for kind, bits in KINDS],
        "memory_max_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    text = json.dumps(report, indent=2)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
