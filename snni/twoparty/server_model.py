"""What the server runs with, and how it comes from a bundle on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.model.bundle import Bundle
from snni.model.plan import Plan
from snni.model.steps import Step
from snni.twoparty.linear.geometry import ConvGeometry
from snni.twoparty.linear.portions import convolutions, geometry
from snni.twoparty.linear.product import CORES, Product, product_on
from snni.twoparty.nonlinear.operation import Tensors
from snni.wire.packing import U32


@dataclass(frozen=True)
class ServerModel:
    """The network: plan, geometry of each convolution, int8 weights and biases mod 2^k by step name. Read only.

    bundled: every tensor of the bundle. product: where ciphertexts are multiplied by weights. selection: one-hot rows
    int8 [n, N], where videos of N frames are classified.
    """

    plan: Plan
    geometries: Mapping[str, ConvGeometry]
    weights: Mapping[str, NDArray[np.int8]]
    biases: Mapping[str, U32]
    bundled: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    product: Product = CORES
    selection: NDArray[np.int8] | None = None

    def __repr__(self) -> str:
        return f"ServerModel({self.plan.name})"

    def tensors(self, step: Step) -> Tensors:
        """What a step has in the bundle, by the name after the step's own."""
        specs = step.tensors(self.plan.values[step.inputs[0]])
        return {spec.name: self.bundled[f"{step.name}.{spec.name}"] for spec in specs}


def check_rows(selection: NDArray[np.int8]) -> None:
    """Raises ParameterError: not rows int8 [n, N] of one 1 each."""
    one_hot = selection.ndim == 2 and selection.dtype == np.int8 and selection.size > 0
    if not one_hot or (selection.sum(axis=1) != 1).any() or (np.abs(selection).sum(axis=1) != 1).any():
        raise ParameterError("a selection is rows int8 [selected, frames] of one 1 each")


def server_model(bundle: Bundle, device: str = "cpu", selection: NDArray[np.int8] | None = None) -> ServerModel:
    """Geometry, int8 weights and ring-encoded biases of every convolution, and what other steps have.

    device: `cpu`, or a torch device (`cuda`) that multiplies ciphertexts. selection: of the frames of videos. Raises
    ParameterError: the device is not there, or the selection is none.
    """
    if selection is not None:
        check_rows(selection)
    steps = convolutions(bundle.plan)
    return ServerModel(
        plan=bundle.plan,
        geometries={step.name: geometry(step, bundle.plan) for step in steps},
        weights={step.name: np.ascontiguousarray(bundle.weights[f"{step.name}.weight"], np.int8) for step in steps},
        biases={step.name: bundle.weights[f"{step.name}.bias"].astype(np.uint32) for step in steps},
        bundled=bundle.weights,
        product=product_on(device),
        selection=selection,
    )
