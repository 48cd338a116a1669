"""From a bundle on disk to what the server runs with."""

from __future__ import annotations

import numpy as np

from snni.model.bundle import Bundle
from snni.model.steps import Clip
from snni.twoparty.frames.server import ServerModel
from snni.twoparty.linear.product import product_on
from snni.twoparty.offline import convolutions, geometry


def server_model(bundle: Bundle, device: str = "cpu") -> ServerModel:
    """Geometry, int8 weights and ring-encoded biases of every convolution, limits of every clip.

    device: `cpu`, or a torch device (`cuda`) that multiplies ciphertexts. Raises ParameterError: it is not there.
    """
    steps = convolutions(bundle.plan)
    return ServerModel(
        plan=bundle.plan,
        geometries={step.name: geometry(step, bundle.plan) for step in steps},
        weights={step.name: np.ascontiguousarray(bundle.weights[f"{step.name}.weight"], np.int8) for step in steps},
        limits={
            step.name: bundle.weights[f"{step.name}.limit"].astype(np.uint32)
            for step in bundle.plan.steps
            if isinstance(step, Clip)
        },
        biases={step.name: bundle.weights[f"{step.name}.bias"].astype(np.uint32) for step in steps},
        product=product_on(device),
    )
