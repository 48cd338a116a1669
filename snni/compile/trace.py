"""A torch module into a graph: one recorded run, then one reader for each layer and each function.

Dropout, Identity and a closing softmax are left out. Anything without a protocol raises UnsupportedLayer by name. What
was read is evaluated on the recorded run's images and compared with what the module made there, value by value: a hook,
a subclass or a random layer that computes something else than its kind says is found whatever it does.
"""

from __future__ import annotations

import inspect
import pickle
import random

import numpy as np
import torch
from torch import nn

from snni.compile.graph import Graph, Node, Sizes, evaluate
from snni.compile.record import Recorder
from snni.compile.symbols import Symbol
from snni.compile.torch_layers import is_plain
from snni.compile.torch_reader import TorchReader
from snni.errors import BundleError, UnsupportedLayer

RECORDED_IMAGES = 2
"""So that the images' axis can be told from others of length one."""
TOLERANCE = 2.0**-10
"""Of a value's largest element: float32's roundings over hundreds of layers stay below, what another function gives
does not."""


def trace(module: nn.Module, input_shape: Sizes) -> Graph:
    """The graph of ``module`` in eval mode for float images [C, H, W].

    Raises:
        UnsupportedLayer: a layer without a protocol, a spelling of one that cannot be read, or one that computes
            something else than its kind.
        BundleError: the module cannot be run, or does not take one image and give one vector of scores.
    """
    in_eval_mode(module)
    for path, part in module.named_modules():
        if isinstance(part, torch.jit.ScriptModule):
            raise UnsupportedLayer(f"TorchScript ({path or 'the module'})", "the torch.nn.Module that it was made from")
    try:
        return _traced(module, input_shape, RECORDED_IMAGES)
    except BundleError as error:
        try:  # some forwards are written for one image
            return _traced(module, input_shape, 1)
        except BundleError:
            raise error from None


def in_eval_mode(module: nn.Module) -> None:
    """Put it there. What torch.export made has one mode for good, and says so. Raises BundleError: it cannot be put."""
    try:
        module.eval()
    except NotImplementedError:
        raise BundleError(
            f"{type(module).__name__} has one mode for good; give the torch.nn.Module that torch.export was given"
        ) from None


def _traced(module: nn.Module, shape: Sizes, count: int) -> Graph:
    images = torch.rand(count, *shape, generator=torch.Generator().manual_seed(0))
    reader = TorchReader(count)
    recorder = Recorder(reader, _is_leaf)
    reader.recorder = recorder
    start = reader.append(Node(reader.clean(recorder.name(_argument_name(module))), "input", (), shape), images)
    recorder.note(images, Symbol.of(start, images.shape))
    try:
        with recorder.following(module):
            output = module(images)
    except BundleError:
        raise
    except Exception as error:  # whatever the module's own code raises on an image
        if reader.refused is not None:
            raise reader.refused from error
        text = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BundleError(f"{type(module).__name__} does not run on an image {list(shape)}: {text}") from error
    graph = reader.graph(output)
    _check(graph, images, reader)
    before = _draws()
    with torch.no_grad():
        again = module(images)
    if not _near(again, output):
        raise BundleError(f"{type(module).__name__} gives other scores for the same image each time it runs")
    if _draws() != before:
        raise BundleError(f"forward of {type(module).__name__} draws random numbers; in eval mode it must not")
    return graph


def _draws() -> tuple[object, ...]:
    """Where the sources of random numbers stand: whoever draws one moves them."""
    return torch.get_rng_state().numpy().tobytes(), pickle.dumps(np.random.get_state()), random.getstate()


def _argument_name(module: nn.Module) -> str:
    """What forward calls its image. Raises BundleError: it takes more than one argument."""
    parameters = list(inspect.signature(module.forward).parameters.values())
    needed = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if len(needed) > 1:
        raise BundleError("the module takes more than one input; give it one image")
    return needed[0].name if needed else "input"


def _is_leaf(layer: nn.Module) -> bool:
    """Read whole: layers of torch that compute what their class says, and those that have no parts."""
    if is_plain(layer):
        return True
    of_torch = type(layer).__module__.startswith("torch.nn.modules") and not isinstance(layer, nn.DataParallel)
    overridden = type(layer).__module__.startswith(("torch.ao", "torch.nn.intrinsic"))
    return of_torch and not overridden and not isinstance(layer, nn.Sequential | nn.ModuleList | nn.ModuleDict)


def _check(graph: Graph, images: torch.Tensor, reader: TorchReader) -> None:
    """Every value is what the module made. Raises UnsupportedLayer naming the first that is not."""
    for name, value in evaluate(graph, images).items():
        wanted = reader.observed.get(name)
        if wanted is not None and not _near(value, wanted):
            raise UnsupportedLayer(
                f"{reader.described[name]}, which computes something else than a layer of its kind,",
                "it without hooks, random values and numbers of its own",
            )


def _near(value: torch.Tensor, wanted: torch.Tensor) -> bool:
    largest = float(wanted.abs().max())
    return bool(torch.isfinite(wanted).all()) and float((value - wanted).abs().max()) <= TOLERANCE * largest
