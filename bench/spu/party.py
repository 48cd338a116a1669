"""One process of an SPU computation; runs in SPU's environment: python -m bench.spu.party DIRECTORY RANK|deal|open.

``deal``: who holds the inputs shares them. A rank: that party computes, over brpc links to the others. ``open``: the
results are put together. Between them lie files in DIRECTORY: asked.json, inputs.npz, and a pickle a party each way.
"""

from __future__ import annotations

import json
import pickle
import resource
import sys
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import spu
from spu import libspu
from spu.utils import frontend

from bench.spu.steps import network

PATIENCE_MS = 6 * 3600 * 1000
SECRET = libspu.Visibility.VIS_SECRET
WEIGHTS_OWNER, IMAGES_OWNER = 0, 1
FIRST = "first."
"""Of the inputs of a small computation of the same kinds, by which every set-up is done before anything is measured."""


def config(asked: dict[str, Any]) -> Any:
    """SPU's defaults but for what was asked."""
    made = libspu.RuntimeConfig(getattr(libspu.ProtocolKind, asked["protocol"]), libspu.FieldType.FM64)
    made.fxp_fraction_bits = asked["fraction_bits"]
    made.experimental_enable_colocated_optimization = asked["private"]
    made.enable_pphlo_profile = True  # so that it tells the bytes of a run
    return made


def inputs(directory: Path) -> dict[str, Any]:
    """By name: the images, the network's tensors, and those of the first computation."""
    with np.load(directory / "inputs.npz") as arrays:
        found = {name: arrays[name] for name in arrays.files}
    small = {"images": found["images"][:1, :6, :6, :1], "weight": np.full((3, 3, 1, 1), 0.125, np.float32)}
    return found | {FIRST + name: array for name, array in small.items()}


def deal(directory: Path, asked: dict[str, Any]) -> None:
    """A share of every input for each party; an input stays its owner's alone where they are ``private``."""
    io = spu.Io(asked["world"], config(asked))
    shares: list[dict[str, Any]] = [{} for _ in range(asked["world"])]
    for name, array in inputs(directory).items():
        owner = IMAGES_OWNER if name.endswith("images") else WEIGHTS_OWNER
        dealt = io.make_shares(array, SECRET, owner if asked["private"] else -1)
        for mine, share in zip(shares, dealt, strict=True):
            mine[name] = share
    for rank, mine in enumerate(shares):
        (directory / f"given-{rank}").write_bytes(pickle.dumps(mine))


def first(images: Any, weight: Any) -> Any:
    """A convolution and a ReLU."""
    layout = ("NHWC", "HWIO", "NHWC")
    return jnp.maximum(jax.lax.conv_general_dilated(images, weight, (1, 1), "VALID", dimension_numbers=layout), 0)


def compiled(function: Any, names: list[str], arrays: dict[str, Any]) -> Any:
    """For SPU; the result is called ``scores``."""
    given, kinds = [arrays[name] for name in names], [SECRET] * len(names)
    return frontend.compile(frontend.Kind.JAX, function, given, {}, names, kinds, lambda _: ["scores"])[0]


def compute(directory: Path, asked: dict[str, Any], rank: int) -> None:
    """A line of JSON for each run: its seconds, from when all are ready until this party is done, and CPU seconds.

    No run begins after ``enough_s`` seconds by the first party's clock.
    """
    described = libspu.link.Desc()
    described.recv_timeout_ms = described.http_timeout_ms = PATIENCE_MS
    for index, port in enumerate(asked["ports"]):
        described.add_party(f"party{index}", f"127.0.0.1:{port}")
    arrays = inputs(directory)
    names = ["images", *asked["tensors"]]
    program = compiled(network(asked["steps"], asked["tensors"], asked["input"]), names, arrays)
    small = compiled(first, [FIRST + "images", FIRST + "weight"], arrays)
    link = libspu.link.create_brpc(described, rank)
    runtime = spu.Runtime(link, config(asked))
    for name, share in pickle.loads((directory / f"given-{rank}").read_bytes()).items():
        runtime.set_var(name, share)
    runtime.run(small)
    link.barrier()
    start = time.perf_counter()
    for index in range(asked["runs"]):
        began, used = time.perf_counter(), _cpu_s()
        runtime.run(program)
        tell("ran", index=index, seconds=time.perf_counter() - began, cpu_s=_cpu_s() - used)
        if link.broadcast("enough" if time.perf_counter() - start > asked["enough_s"] else "more", 0) == "enough":
            break
    (directory / f"made-{rank}").write_bytes(pickle.dumps(runtime.get_var("scores")))
    tell("ended", memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    link.barrier()
    link.stop_link()


def reveal(directory: Path, asked: dict[str, Any]) -> None:
    """scores.npz: as SPU computed them, and in the clear by the same function."""
    made = [pickle.loads((directory / f"made-{rank}").read_bytes()) for rank in range(asked["world"])]
    arrays = inputs(directory)
    clear = network(asked["steps"], asked["tensors"], asked["input"])
    expected = jax.jit(clear)(arrays["images"], *(arrays[name] for name in asked["tensors"]))
    scores = spu.Io(asked["world"], config(asked)).reconstruct(made)
    np.savez(directory / "scores.npz", secure=scores, clear=np.asarray(expected))


def tell(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    place, role = Path(sys.argv[1]), sys.argv[2]
    what = json.loads((place / "asked.json").read_text())
    if role == "deal":
        deal(place, what)
    elif role == "open":
        reveal(place, what)
    else:
        compute(place, what, int(role))
