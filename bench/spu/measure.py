"""SPU's parties as processes on this machine, a protocol at a time: seconds, CPU seconds, bytes, memory, and whether
they computed what the network computes."""

from __future__ import annotations

import json
import re
import signal
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from bench.machine import ROOT
from bench.pair.summary import of
from bench.spu.network import RealNetwork
from localsite.process import Process, ProcessError

FRACTION_BITS = 18
"""SPU's default in rings of 64 bits."""
LARGEST_ERROR = 0.01
"""Of the scores, relative to their spread over classes: beyond it SPU has computed something else."""
SENT = re.compile(r"Link details: total send bytes (\d+)")
POLL_S = 0.2


@dataclass(frozen=True)
class Protocol:
    """One of SPU's. private: each input stays with its owner until it is used, for protocols that are faster so."""

    name: str
    spu: str
    parties: int
    private: bool = False


PROTOCOLS = {
    "aby3": Protocol("SPU, ABY3", "ABY3", 3),
    "semi2k": Protocol("SPU, Semi2k, trusted party", "SEMI2K", 2),
    "cheetah": Protocol("SPU, Cheetah", "CHEETAH", 2, private=True),
}


class WrongScores(RuntimeError):
    """What SPU computed is not the network."""


def measured(
    python: Path,
    protocol: Protocol,
    network: RealNetwork,
    pixels: NDArray[np.uint8],
    runs: int,
    enough_s: float,
    console: Console,
) -> dict[str, Any]:
    """At most ``runs`` runs, none of which begins after ``enough_s``, on the images uint8 [N, C, H, W] together.

    Figures are of one image. Raises ProcessError, WrongScores.
    """
    with tempfile.TemporaryDirectory(prefix="veilward-peers-") as name:
        directory, count = Path(name), len(pixels)
        _write(directory, protocol, network, pixels, {"runs": runs, "enough_s": enough_s})
        _to_its_end(_process(python, directory, "deal"), console)
        parties = [_process(python, directory, str(rank)) for rank in range(protocol.parties)]
        try:
            for party in parties:
                party.start()
            _watch(parties, protocol.name, runs, console)
            told = [_figures(party) for party in parties]
        finally:
            for party in parties:
                party.stop()
        _to_its_end(_process(python, directory, "open"), console)
        with np.load(directory / "scores.npz") as scores:
            error = difference(scores["secure"], scores["clear"])
            secure = scores["secure"].tolist()
    if error > LARGEST_ERROR:
        raise WrongScores(f"{protocol.name}: scores differ from the network's by {error:.2g} of their spread")
    runs = len(told[0]["seconds"])
    slowest = [max(party["seconds"][index] for party in told) for index in range(runs)]
    return {
        "seconds": of(seconds / count for seconds in slowest),
        "cpu_s": of(sum(party["cpu_s"][index] for party in told) / count for index in range(runs)),
        "bytes": [party["bytes"] / count for party in told],
        "memory_mb": [round(party["memory_mb"], 1) for party in told],
        "error": error,
        "scores": secure,
    }


def difference(secure: NDArray[np.floating[Any]], clear: NDArray[np.floating[Any]]) -> float:
    """The largest of any score [N, F], relative to the largest spread of one image's scores."""
    return float(np.abs(secure - clear).max() / np.ptp(clear, axis=1).max())


def _write(
    directory: Path, protocol: Protocol, network: RealNetwork, pixels: NDArray[np.uint8], limits: dict[str, Any]
) -> None:
    asked = limits | {"protocol": protocol.spu, "world": protocol.parties, "private": protocol.private}
    asked |= {"fraction_bits": FRACTION_BITS, "ports": free_ports(protocol.parties)}
    asked |= {"steps": network.steps, "input": network.input, "tensors": list(network.tensors)}
    (directory / "asked.json").write_text(json.dumps(asked))
    arrays: dict[str, Any] = {"images": network.images(pixels), **network.tensors}
    np.savez(directory / "inputs.npz", **arrays)


def free_ports(count: int) -> list[int]:
    """Of loopback, free a moment ago: brpc is told its port and cannot tell one."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def _process(python: Path, directory: Path, role: str) -> Process:
    command = (str(python), "-m", "bench.spu.party", str(directory), role)
    return Process(f"spu_{role}", command, directory / f"{role}.log", {"JAX_PLATFORMS": "cpu"}, ROOT)


def _to_its_end(process: Process, console: Console) -> None:
    with console.status(f"{process.name}"), process.start():
        while process.running:
            time.sleep(POLL_S)
    _check(process)


def _watch(parties: list[Process], name: str, runs: int, console: Console) -> None:
    began = time.monotonic()
    with console.status(name) as status:
        while any(party.running for party in parties):
            if any(party.exit_code for party in parties):
                break
            done = sum(event["event"] == "ran" for event in parties[0].events())
            status.update(f"{name}: {done} of {runs} runs, {time.monotonic() - began:.0f} s")
            time.sleep(POLL_S)
    for party in parties:
        _check(party)


def _check(process: Process) -> None:
    if process.exit_code == -signal.SIGKILL:
        raise ProcessError(f"{process.name} was killed: more memory, or fewer images --together")
    if process.exit_code:
        raise ProcessError(f"{process.name} failed\n{process.log_end()}")


def _figures(party: Process) -> dict[str, Any]:
    """bytes: sent in one run, the median; the first computation's are left out."""
    events = party.events()
    ran = [event for event in events if event["event"] == "ran"]
    sent = [int(found) for found in SENT.findall(party.log.read_text(errors="replace"))][1:]
    if not ran or len(sent) != len(ran):
        raise ProcessError(f"{party.name} told of {len(ran)} runs and {len(sent)} times of bytes\n{party.log_end()}")
    return {
        "seconds": [event["seconds"] for event in ran],
        "cpu_s": [event["cpu_s"] for event in ran],
        "bytes": float(np.median(sent)),
        "memory_mb": events[-1]["memory_mb"],
    }
