"""A layer by both parties at shipped parameters, and how far their shares' sum is from the convolution."""

from __future__ import annotations

import numpy as np

from snni.twoparty.linear import ClientKeys, ClientLinear, Layout, ServerLinear, params_for
from tests.snni.twoparty.linear.layer_cases import case
from tests.snni.twoparty.linear.plain_conv import conv, plain_conv, signed_difference

KEYS = ClientKeys.generate()
PUBLIC = KEYS.public_key()
SEED = bytes(range(16))


def errors(geometry, batch, params=None, seed=1, weights=None, keys=KEYS):
    """Signed error of every result, after checking the declared bytes and each frame's shares."""
    layout = Layout(geometry, params or params_for(geometry, batch), batch)
    drawn, masks = case(geometry, seed, batch)
    weights = drawn if weights is None else weights
    client, server = ClientLinear(layout, keys), ServerLinear(layout, keys.public_key(), weights)
    upload = client.encrypt(masks)
    reply = server.evaluate(upload, SEED)
    assert (len(upload), len(reply)) == (layout.upload_bytes, layout.reply_bytes)
    mine, theirs = client.decrypt(reply), server.shares(SEED)
    assert max(mine.max(), theirs.max()) < 1 << geometry.ring_bits
    for frame in range(batch):
        assert np.array_equal(server.shares(SEED, frame=frame), theirs[frame])
    want = np.stack([plain_conv(geometry, weights, frame) for frame in masks])
    return signed_difference(mine.astype(np.int64) + theirs, want, geometry.ring_bits)


CASES = {
    "stem in strips": (conv(3, 224, 4, 3, 2), 1),
    "strips across frames": (conv(2, 55, 4, 3, 1, 1), 3),
    "wide": (conv(2, 112, 2, 3, 1, 1), 1),
    "channels share a ciphertext": (conv(20, 13, 5, 3, 1, 1), 1),
    "fully connected": (conv(2048, 1, 10, bits=24), 2),
    "depthwise": (conv(12, 14, 12, 3, 1, 1, groups=12), 2),
    "stride without padding": (conv(4, 28, 4, 1, 2), 3),
    "deep": (conv(512, 7, 8, 3, 1, 1, bits=24), 2),
    "twenty-six bits": (conv(64, 8, 8, 3, 1, 1, bits=26), 2),
}
