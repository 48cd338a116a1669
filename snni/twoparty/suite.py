"""The two-party suite: how a plan is lowered to protocols of a client and a server, and what that costs.

A suite is the choice of protocols; both parties hold equal ones, and the handshake compares them (``agreed``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from snni.errors import ParameterError
from snni.model.error_law import TWO_SHARES, ErrorLaw
from snni.model.plan import Plan
from snni.model.step_cost import StepCost, work
from snni.model.steps import Step
from snni.twoparty.early import check_early
from snni.twoparty.linear.portions import convolutions, geometry, layout, linear_traffic
from snni.twoparty.nonlinear.compare import SLOT_BITS, ComparisonName, ComparisonProtocol
from snni.twoparty.nonlinear.comparisons import COMPARISONS, DEFAULT, LinkName, comparison_for
from snni.twoparty.nonlinear.correlations import FIRST, Claimed, Correlations, offline_traffic
from snni.twoparty.nonlinear.operation import InteractiveOperation, OpeningOperation, Tensors
from snni.twoparty.nonlinear.step_protocol import ClientStep, OpeningClient, OpeningServer, ServerStep, StepShape
from snni.twoparty.operations import operation_of
from snni.twoparty.ot import OtParams
from snni.twoparty.ot.params import ExtensionName
from snni.twoparty.schedule import longest
from snni.wire.framing import HEADER
from snni.wire.packing import packed_bytes
from snni.wire.traffic import Traffic

TRANSFERS: dict[ExtensionName, OtParams] = {
    "ferret": OtParams(extension="ferret", lpn=16),
    "softspoken": OtParams(extension="softspoken", k=4),
}
"""AGREED. What each choice of oblivious transfer runs with; Ferret's k is its set-up's."""


@dataclass(frozen=True)
class TwoPartySuite:
    """comparison: how values are compared. transfers: where oblivious transfers come from. link: what the comparison
    was chosen for, as the handshake names it."""

    comparison: ComparisonProtocol = COMPARISONS[DEFAULT]
    transfers: OtParams = field(default_factory=lambda: TRANSFERS["ferret"])
    link: LinkName = "loopback"

    @property
    def law(self) -> ErrorLaw:
        """How it errs."""
        return TWO_SHARES

    @property
    def agreed(self) -> dict[str, object]:
        """Every parameter that both parties must hold equal, by the names that the agreed digest knows."""
        params = self.transfers
        return {
            "ot": params.extension,
            "ot_field_bits": params.k,
            "ot_chunk": params.chunk,
            "ot_lpn": params.lpn if params.extension == "ferret" else None,
            "slot_bits": SLOT_BITS,
            "comparison": self.comparison.name,
            "flight_bytes": self.comparison.flight_bytes,
        }

    def check(self, plan: Plan) -> None:
        """Raises ParameterError: a step has no protocol here or none in its rings, a convolution's noise would reach
        its result, or what stands before convolutions is too much work."""
        self.correlations(plan, scores=False)
        check_early(plan)
        for conv in convolutions(plan):
            layout(geometry(conv, plan), 1)

    def shape(self, plan: Plan, step: Step) -> StepShape | None:
        """The sizes of a step that sends something online; None for one that does not."""
        operation = operation_of(step)
        if isinstance(operation, InteractiveOperation | OpeningOperation):
            shape: StepShape = operation.shape(step, plan, self.comparison)
            return shape
        return None

    def client_step(self, plan: Plan, step: Step) -> ClientStep | None:
        """The client's part of an interactive step, fresh for one inference; None for any other."""
        operation = operation_of(step)
        if isinstance(operation, InteractiveOperation):
            return operation.client(operation.shape(step, plan, self.comparison))
        return None

    def server_step(self, plan: Plan, step: Step, tensors: Tensors) -> ServerStep | None:
        """The server's part. tensors: what the step has among the weights."""
        operation = operation_of(step)
        if isinstance(operation, InteractiveOperation):
            return operation.server(operation.shape(step, plan, self.comparison), tensors)
        return None

    def opening_client(self, plan: Plan) -> OpeningClient:
        """The client's part of the plan's last step."""
        operation, step = _opening(plan)
        return operation.client(operation.shape(step, plan, self.comparison))

    def opening_server(self, plan: Plan) -> OpeningServer:
        """The server's part of the plan's last step."""
        operation, step = _opening(plan)
        return operation.server(operation.shape(step, plan, self.comparison), {})

    def input_cost(self, plan: Plan) -> StepCost:
        """The masked image that the client sends."""
        sent = HEADER.size + packed_bytes(math.prod(plan.input_shape), plan.input_bits)
        return StepCost(online_bytes=sent, flights=1)

    def step_cost(self, plan: Plan, step: Step) -> StepCost:
        """One step for one frame; local steps and convolutions send nothing online."""
        shape = self.shape(plan, step)
        if shape is None:
            return work(plan, step)
        sent = shape.traffic
        own = StepCost(lookups=shape.lookups, online_bytes=sent.total_bytes, flights=sent.flights)
        return work(plan, step) + own

    def flights(self, plan: Plan) -> int:
        """One way, of the whole: the image's, those of the longest way through the steps, and the last step's."""
        each = {
            step.name: shape.traffic.flights for step in plan.steps if (shape := self.shape(plan, step)) is not None
        }
        return self.input_cost(plan).flights + longest(plan, each) + each[plan.steps[-1].name]

    def correlations(self, plan: Plan, *, scores: bool) -> Correlations:
        """What one inference needs beforehand; with scores the final step is not run."""
        steps = plan.steps[:-1] if scores else plan.steps
        shapes = [self.shape(plan, step) for step in steps]
        return sum((shape.correlations for shape in shapes if shape is not None), Correlations())

    def nonlinear_traffic(self, plan: Plan, *, scores: bool, before: Claimed = FIRST) -> tuple[Traffic, Claimed]:
        """What one inference's nonlinear correlations send ahead of time, and the transfers claimed once made."""
        needed = self.correlations(plan, scores=scores)
        return offline_traffic(needed, self.transfers, before), before.after(needed, self.transfers)

    def linear_traffic(self, plan: Plan, frames: int = 1) -> Traffic:
        """What the linear phase of ``frames`` frames together sends ahead of time."""
        return linear_traffic(plan, frames)


def _opening(plan: Plan) -> tuple[OpeningOperation[Step, StepShape], Step]:
    step = plan.steps[-1]
    operation = operation_of(step)
    if not isinstance(operation, OpeningOperation):
        raise ParameterError(f"the plan ends in {step.op}, whose output is not opened")
    return operation, step


def suite_of(
    ot: ExtensionName = "ferret", comparison: ComparisonName = DEFAULT, link: LinkName = "loopback"
) -> TwoPartySuite:
    """By the names that a handshake, a setting or an option gives. link: what it is between the parties."""
    return TwoPartySuite(comparison_for(comparison, link), TRANSFERS[ot], link)


TWO_PARTY = TwoPartySuite()
