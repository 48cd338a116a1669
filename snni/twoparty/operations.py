"""From a plan's steps to what the parties run: local share arithmetic, and one protocol object a nonlinear step.

Conv is in neither: its offline half is batched over frames (offline.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from snni.model.plan import Plan
from snni.model.steps import Add, Argmax, Clip, Concat, Flatten, MaxPool, Relu, Rescale, Step, SumPool
from snni.twoparty import shares
from snni.twoparty.nonlinear.argmax import ArgmaxClient, ArgmaxServer, ArgmaxShape
from snni.twoparty.nonlinear.clip import ClipClient, ClipServer, ClipShape
from snni.twoparty.nonlinear.compare import Gadget
from snni.twoparty.nonlinear.maxpool import MaxPoolClient, MaxPoolServer, MaxPoolShape
from snni.twoparty.nonlinear.relu import ReluClient, ReluServer, ReluShape
from snni.twoparty.nonlinear.rescale import RescaleClient, RescaleServer, RescaleShape
from snni.twoparty.nonlinear.step_protocol import ClientStep, ServerStep
from snni.twoparty.shares import U32

Local = Add | Concat | SumPool | Flatten
Interactive = Relu | Clip | MaxPool | Rescale | Argmax

LOCAL = (Add, Concat, SumPool, Flatten)
INTERACTIVE = (Relu, Clip, MaxPool, Rescale, Argmax)
STEERED = (Relu, Clip, Rescale)  # the client draws its share of the output before anything else happens


def evaluate_local(step: Local, plan: Plan, xs: Sequence[U32]) -> U32:
    """One party's share of the output from its shares of the inputs."""
    match step:
        case Add():
            return shares.add(xs, step.shifts(), step.out_bits)
        case Concat():
            return shares.concat(xs, step.shifts(), step.out_bits)
        case SumPool():
            bits = plan.values[step.y].ring_bits
            return shares.sum_pool(xs[0], step.kernel, step.stride, step.padding, bits)
        case Flatten():
            return xs[0].reshape(-1, 1, 1)


def client_layer(step: Interactive, plan: Plan, gadget: Gadget) -> ClientStep:
    """A fresh one for every inference."""
    match step:
        case Relu():
            return ReluClient(relu_shape(step, plan, gadget))
        case Clip():
            return ClipClient(clip_shape(step, plan, gadget))
        case MaxPool():
            return MaxPoolClient(maxpool_shape(step, plan, gadget))
        case Rescale():
            return RescaleClient(rescale_shape(step, plan))
        case Argmax():
            return ArgmaxClient(argmax_shape(step, plan, gadget))


def server_layer(step: Interactive, plan: Plan, limits: Mapping[str, U32], gadget: Gadget) -> ServerStep:
    """A fresh one for every inference. limits: of each clip by name, uint32 [C]."""
    match step:
        case Relu():
            return ReluServer(relu_shape(step, plan, gadget))
        case Clip():
            return ClipServer(clip_shape(step, plan, gadget), limits[step.name])
        case MaxPool():
            return MaxPoolServer(maxpool_shape(step, plan, gadget))
        case Rescale():
            return RescaleServer(rescale_shape(step, plan))
        case Argmax():
            return ArgmaxServer(argmax_shape(step, plan, gadget))


def relu_shape(step: Relu, plan: Plan, gadget: Gadget = "leaf") -> ReluShape:
    x = plan.values[step.x]
    return ReluShape(x.shape, x.ring_bits, step.shift, step.window, step.out_bits, gadget, step.ignored)


def clip_shape(step: Clip, plan: Plan, gadget: Gadget = "leaf") -> ClipShape:
    x = plan.values[step.x]
    return ClipShape(x.shape, x.ring_bits, step.shift, step.window, step.out_bits, gadget, step.ignored)


def rescale_shape(step: Rescale, plan: Plan) -> RescaleShape:
    x = plan.values[step.x]
    return RescaleShape(x.shape, x.ring_bits, step.shift, step.window, step.out_bits)


def maxpool_shape(step: MaxPool, plan: Plan, gadget: Gadget = "leaf") -> MaxPoolShape:
    x, y = plan.values[step.x], plan.values[step.y]
    windowed = (step.kernel, step.stride, step.padding)
    return MaxPoolShape(x.shape, y.shape, *windowed, x.ring_bits, step.shift, step.window, gadget, step.ignored)


def argmax_shape(step: Argmax, plan: Plan, gadget: Gadget = "leaf") -> ArgmaxShape:
    return ArgmaxShape(plan.values[step.x].elements, step.window, gadget)


def interactive_steps(plan: Plan, *, scores: bool) -> list[Interactive]:
    """The steps that need correlations; with scores the final argmax is left out."""
    steps: list[Step] = [step for step in plan.steps if isinstance(step, INTERACTIVE)]
    return [step for step in steps if isinstance(step, INTERACTIVE) and not (scores and isinstance(step, Argmax))]
