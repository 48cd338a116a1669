"""Whatever bytes a peer sends of a layer: a typed error or a result of the right shape.

Seeded, so that a failure names its case. Under the sanitizers the same cases look for reads and writes out of place:
messages are handed over in memory of exactly their length.
"""

from functools import lru_cache

import numpy as np
import pytest

from snni.errors import WireError
from snni.twoparty.linear import LARGE, SMALL, ClientKeys, ClientLinear, ConvGeometry, Layout, ServerLinear
from snni.twoparty.linear.layout import HEADER_BYTES
from tests.support.spoil import cases, exactly, spoil, spoil_body

EXTRA = pytest.param(1_000, marks=pytest.mark.heavy)
KEYS = ClientKeys.generate()
SEED = bytes(16)

LAYOUTS = {
    "shared": Layout(ConvGeometry(5, 6, 7, 3, (3, 3), (1, 1), (1, 1)), SMALL, 3),
    "strips": Layout(ConvGeometry(1, 70, 40, 2, (3, 3), (2, 2)), SMALL, 1),
    "large": Layout(ConvGeometry(4, 9, 9, 4, (1, 1), groups=2, ring_bits=24), LARGE, 1),
    "odd": Layout(ConvGeometry(1, 1, 3, 1, (1, 1), ring_bits=3), SMALL, 1),
}


@lru_cache
def linear_messages():
    """name -> (genuine message, what takes it, whether its body has a range to check)."""
    out = {}
    for name, layout in LAYOUTS.items():
        geometry = layout.geometry
        weights = np.ones(geometry.weight_shape, np.int8)
        client, server = ClientLinear(layout, KEYS), ServerLinear(layout, KEYS.public_key(), weights)
        shape = (layout.batch, geometry.in_channels, geometry.height, geometry.width)
        upload = client.encrypt(np.zeros(shape, np.uint32))
        out[f"{name} upload"] = (upload, lambda m, server=server: server.evaluate(m, SEED))
        out[f"{name} reply"] = (server.evaluate(upload, SEED), client.decrypt)
    layout = LAYOUTS["odd"]
    weights = np.ones(layout.geometry.weight_shape, np.int8)
    out["key"] = (KEYS.public_key(), lambda m: ServerLinear(layout, m, weights))
    return out


LINEAR = [f"{name} {kind}" for name in LAYOUTS for kind in ("upload", "reply")] + ["key"]


@pytest.mark.parametrize("count", [60, EXTRA])
@pytest.mark.parametrize("name", LINEAR)
def test_linear_messages(name, count):
    genuine, receive = linear_messages()[name]
    others = [message for message, _ in linear_messages().values()]
    results = {WireError: 0, None: 0}
    for rng in cases(name, count):
        message = spoil_body(rng, genuine, HEADER_BYTES) if rng.random() < 0.5 else spoil(rng, genuine, others)
        try:
            receive(memoryview(exactly(message)))
            results[None] += 1
            assert len(message) == len(genuine)
        except WireError:
            results[WireError] += 1
    assert results[WireError] > count // 4
