"""Seconds and bytes a frame of the homomorphic part of SqueezeNet v1.1 at 224x224: JSON on standard output.

    python -m bench.linear --batch 1 8 --ring-bits 20

Per layer and in total, for each batch: the client's encryption and decryption, the server's evaluation (with the share
of each kernel, recombination inside `convolve`), its shares and its online product, bytes each way, results off by one.
On `--threads` threads (1); the median of --repeat runs of every step.
"""

from __future__ import annotations

import argparse
import json
import resource
import secrets
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np

from bench.machine import commit, cpu_name
from localsite.ranges import whole
from snni.twoparty import _linear
from snni.twoparty.linear import (
    ClientKeys,
    ClientLinear,
    ConvGeometry,
    Layout,
    ServerLinear,
    conv_ring,
    params_for,
    server,
)
from snni.twoparty.threads import MAX_THREADS, use_threads

EXPANDS = [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)]
KERNELS = ("expand", "unpack_rows", "digits", "convolve", "add_zeros", "masks", "mask_and_drop", "pack_rows")


def squeezenet(ring_bits: int) -> dict[str, ConvGeometry]:
    """Every convolution, four classes; max-pools with ceil_mode after conv1 and fires 3 and 5."""

    def conv(c: int, side: int, m: int, kernel: int = 1, stride: int = 1, padding: int = 0) -> ConvGeometry:
        return ConvGeometry(
            c, side, side, m, (kernel, kernel), (stride, stride), (padding, padding), ring_bits=ring_bits
        )

    layers, side, channels = {"conv1": conv(3, 224, 64, 3, 2)}, 55, 64
    for index, (squeeze, expand) in enumerate(EXPANDS):
        side = {2: 27, 4: 13}.get(index, side)
        name = f"fire{index + 2}"
        layers[f"{name}.squeeze"] = conv(channels, side, squeeze)
        layers[f"{name}.expand1"] = conv(squeeze, side, expand)
        layers[f"{name}.expand3"] = conv(squeeze, side, expand, 3, 1, 1)
        channels = 2 * expand
    return {**layers, "conv10": conv(channels, side, 4)}


class KernelClock:
    """Stands in for the native module at the server and adds up the seconds of each kernel."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def __getattr__(self, name: str) -> Any:
        function = getattr(_linear, name)
        if name not in KERNELS:
            return function

        def timed(*args: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args)
            finally:
                self.seconds[name] += time.perf_counter() - start

        return timed


def median_seconds(repeat: int, step: Callable[[], Any]) -> tuple[float, Any]:
    seconds, result = [], None
    for _ in range(repeat):
        start = time.perf_counter()
        result = step()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), result


def measure(geometry: ConvGeometry, batch: int, keys: ClientKeys, repeat: int) -> dict[str, Any]:
    """One layer; seconds and bytes are divided by the batch."""
    layout = Layout(geometry, params_for(geometry, batch), batch)
    rng = np.random.default_rng(1)
    weights = rng.integers(-127, 128, geometry.weight_shape).astype(np.int8)
    shape = (batch, geometry.in_channels, geometry.height, geometry.width)
    masks = rng.integers(0, 1 << geometry.ring_bits, shape, dtype=np.uint32)
    client, machine = ClientLinear(layout, keys), ServerLinear(layout, keys.public_key(), weights)
    seed = secrets.token_bytes(16)
    encrypt, upload = median_seconds(repeat, lambda: client.encrypt(masks))
    evaluate, reply = median_seconds(repeat, lambda: machine.evaluate(upload, seed))
    decrypt, mine = median_seconds(repeat, lambda: client.decrypt(reply))
    share, theirs = median_seconds(repeat, lambda: machine.shares(seed))
    online, first = median_seconds(repeat, lambda: conv_ring(geometry, weights, masks[0]))
    difference = (mine[0].astype(np.int64) + theirs[0] - first) % (1 << geometry.ring_bits)
    return {
        "client_encrypt": encrypt / batch,
        "server_evaluate": evaluate / batch,
        "client_decrypt": decrypt / batch,
        "server_shares": share / batch,
        "server_online": online,
        "upload_bytes": len(upload) / batch,
        "reply_bytes": len(reply) / batch,
        "off_by_one": float(np.mean(difference != 0)),
        "degree": layout.params.degree,
        "ciphertexts": [layout.uploads, layout.replies],
    }


def run(batch: int, ring_bits: int, repeat: int) -> dict[str, Any]:
    keys, clock = ClientKeys.generate(), KernelClock()
    with patch.object(server, "_linear", clock):
        layers = {name: measure(g, batch, keys, repeat) for name, g in squeezenet(ring_bits).items()}
    sums = [k for k in next(iter(layers.values())) if k.startswith(("client", "server")) or k.endswith("bytes")]
    total = {k: sum(layer[k] for layer in layers.values()) for k in sums}
    total["offline"] = sum(total[k] for k in ("client_encrypt", "server_evaluate", "client_decrypt"))
    kernels = {k: v / batch / repeat for k, v in clock.seconds.items()}
    return {"batch": batch, "per_frame": total, "server_kernels_s": kernels, "layers": layers}


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench linear", description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=whole(1), nargs="+", default=[1, 8])
    parser.add_argument("--ring-bits", type=whole(1, 32), default=20)
    parser.add_argument("--repeat", type=whole(1), default=1)
    parser.add_argument("--threads", type=whole(1, MAX_THREADS), default=1)
    options = parser.parse_args()
    use_threads(options.threads)
    runs = [run(batch, options.ring_bits, options.repeat) for batch in options.batch]
    report = {
        "bench": "linear",
        "network": "squeezenet1_1 224x224, 4 classes",
        "commit": commit(),
        "cpu": cpu_name(),
        "threads": options.threads,
        "link": "none: both parties in one process",
        "ring_bits": options.ring_bits,
        "runs": runs,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    json.dump(report, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
