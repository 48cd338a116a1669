"""The oracle: a convolution written out over kernel taps in int64, and layer shapes of known networks."""

import numpy as np

from snni.twoparty.linear import ConvGeometry


def plain_conv(g: ConvGeometry, weights, x):
    """weights int [M, C/g, kh, kw], x int [C, H, W] -> int64 [M, OH, OW] mod 2^ring_bits."""
    (ph, pw), (sh, sw) = g.padding, g.stride
    padded = np.pad(x.astype(np.int64), ((0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((g.out_channels, g.out_height, g.out_width), np.int64)
    taken, made = g.in_channels // g.groups, g.out_channels // g.groups
    for group in range(g.groups):
        inputs, outputs = slice(group * taken, (group + 1) * taken), slice(group * made, (group + 1) * made)
        for dy in range(g.kernel[0]):
            for dx in range(g.kernel[1]):
                rows = slice(dy, dy + sh * (g.out_height - 1) + 1, sh)
                columns = slice(dx, dx + sw * (g.out_width - 1) + 1, sw)
                tap = weights[outputs, :, dy, dx].astype(np.int64)
                out[outputs] += np.einsum("mc,chw->mhw", tap, padded[inputs, rows, columns])
    return out & ((1 << g.ring_bits) - 1)


def signed_difference(got, want, ring_bits):
    """got - want mod 2^ring_bits, in [-2^(ring_bits-1), 2^(ring_bits-1))."""
    half = 1 << (ring_bits - 1)
    return (got.astype(np.int64) - want.astype(np.int64) + half) % (2 * half) - half


def conv(c, side, m, k=1, s=1, p=0, bits=20, groups=1):
    return ConvGeometry(c, side, side, m, (k, k), (s, s), (p, p), groups, bits)


def squeezenet():
    """SqueezeNet v1.1 at 224x224, four classes."""
    layers = [conv(3, 224, 64, 3, 2)]
    side, channels = 55, 64
    for index, (squeeze, expand) in enumerate(
        [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)]
    ):
        if index in (2, 4):
            side //= 2
        layers += [conv(channels, side, squeeze), conv(squeeze, side, expand), conv(squeeze, side, expand, 3, 1, 1)]
        channels = 2 * expand
    return [*layers, conv(channels, side, 4)]


def resnet(blocks, bottleneck, bits=24):
    """ResNet at 224x224: `blocks` residual blocks a stage."""
    layers, channels, side = [conv(3, 224, 64, 7, 2, 3, bits)], 64, 56
    for stage, count in enumerate(blocks):
        width = 64 << stage
        for index in range(count):
            stride = 2 if stage > 0 and index == 0 else 1
            out = width * (4 if bottleneck else 1)
            if bottleneck:
                layers += [conv(channels, side, width, bits=bits), conv(width, side, width, 3, stride, 1, bits)]
                layers.append(conv(width, side // stride, out, bits=bits))
            else:
                layers += [
                    conv(channels, side, width, 3, stride, 1, bits),
                    conv(width, side // stride, out, 3, 1, 1, bits),
                ]
            if stride == 2 or channels != out:
                layers.append(conv(channels, side, out, 1, stride, bits=bits))
            channels, side = out, side // stride
    return [*layers, conv(channels, 1, 1000, bits=bits)]
