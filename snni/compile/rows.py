"""One-dimensional layers as what they are on a map that is one pixel high, or one wide."""

from __future__ import annotations

from typing import Any

from torch import nn

from snni.compile.graph import Node
from snni.errors import UnsupportedLayer

IN_A_ROW = (nn.Conv1d, nn.MaxPool1d, nn.AvgPool1d, nn.AdaptiveAvgPool1d, nn.AdaptiveMaxPool1d)


def planar(layer: nn.Module, what: str, x: Node) -> nn.Module:
    """The two-dimensional layer that does on ``x`` what ``layer``, one of IN_A_ROW, does on its row.

    Raises:
        UnsupportedLayer: both sides of the map are longer than one pixel.
    """
    if 1 not in x.shape[1:]:
        raise UnsupportedLayer(f"{what} over all positions of a map", "its two-dimensional kind on the map")
    high = x.shape[1] == 1

    def pair(value: Any, other: int) -> Any:
        if value is None or isinstance(value, str):
            return value
        one = int(value[0] if isinstance(value, tuple | list) else value)
        return (other, one) if high else (one, other)

    match layer:
        case nn.Conv1d():
            return _convolution(layer, pair, 2 if high else 3)
        case nn.AdaptiveAvgPool1d():
            return nn.AdaptiveAvgPool2d(pair(layer.output_size, 1))
        case nn.AdaptiveMaxPool1d():
            return nn.AdaptiveMaxPool2d(pair(layer.output_size, 1), layer.return_indices)
    window: Any = layer
    sizes = pair(window.kernel_size, 1), pair(window.stride, 1), pair(window.padding, 0)
    if isinstance(layer, nn.AvgPool1d):
        return nn.AvgPool2d(*sizes, layer.ceil_mode, layer.count_include_pad)
    return nn.MaxPool2d(*sizes, pair(window.dilation, 1), window.return_indices, window.ceil_mode)


def _convolution(layer: nn.Conv1d, pair: Any, axis: int) -> nn.Conv2d:
    """axis: of the kernel, where it has length one."""
    flat = nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        pair(layer.kernel_size, 1),
        pair(layer.stride, 1),
        pair(layer.padding, 0),
        pair(layer.dilation, 1),
        layer.groups,
        bias=False,
        padding_mode=layer.padding_mode,
    )
    flat.weight = nn.Parameter(layer.weight.detach().unsqueeze(axis), requires_grad=False)
    flat.bias = layer.bias
    return flat
