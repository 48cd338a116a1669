"""The plan: what both parties know of a network. Shapes, rings, shifts and windows; no weight, no digest of one.

What a plan tells the client besides the architecture: each layer's ring bits, hence about its largest accumulator,
and each layer's shift. A plan from a peer or a file is untrusted: every size is bounded before anything is allocated
for it, every shape and ring is derived again from the steps and compared with what is declared.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from snni.errors import BundleError
from snni.model.steps import Step
from snni.model.values import Name, PlanModel, RingBits, Shape, ValueSpec, need

MAX_VALUE_ELEMENTS = 1 << 23
MAX_TOTAL_ELEMENTS = 1 << 27
MAX_WEIGHTS = 1 << 28
MAX_MACS = 1 << 36
MAX_STEPS = 4096
MAX_DEPTH = 1024
MAX_PLAN_BYTES = 4 << 20
CROP_PATTERN = r"^[a-z0-9][a-z0-9-]{0,63}$"


class Plan(PlanModel):
    """A network, stripped of its weights. Frozen; valid by construction.

    ``values`` holds every value of the network, input and output among them; each is made by one step (the input by
    none) and each but the output is read by one. ``levels`` is the number of values under the final argmax.
    ``weights_commitment`` is sha256(salt || weights), the salt known to the server alone. ``crop`` names how images
    are cut out of larger pictures, where their shape does not say it; the engine only carries the name.
    """

    format: Literal[1] = 1
    name: Name
    input: Name
    output: Name
    input_shape: Shape
    input_bits: RingBits
    values: Annotated[dict[Name, ValueSpec], Field(max_length=MAX_STEPS + 1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MAX_STEPS)]
    levels: Annotated[int, Field(strict=True, ge=2, le=4096)]
    weights_commitment: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    crop: Annotated[str, Field(pattern=CROP_PATTERN)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        declared = self.values.get(self.input)
        need(declared is not None, f"input {self.input} is not among the values")
        need(declared == ValueSpec(shape=self.input_shape, ring_bits=self.input_bits), "input's value disagrees")
        _check_steps(self)
        _check_sizes(self)
        return self

    @property
    def scores(self) -> str:
        """Name of the value under the final argmax."""
        return self.steps[-1].inputs[0]

    @property
    def crop_format(self) -> str:
        """What its images are called: ``crop`` or, without one, their height x width x channels."""
        channels, height, width = self.input_shape
        return self.crop or f"{height}x{width}x{channels}"

    @property
    def plan_hash(self) -> str:
        """sha256 of the canonical JSON, hexadecimal."""
        return hashlib.sha256(self.to_json()).hexdigest()

    def to_json(self) -> bytes:
        """Canonical: keys sorted, no white space, ASCII; no key ``crop`` where there is none."""
        record = self.model_dump(mode="json", exclude={"crop"} if self.crop is None else None)
        return json.dumps(record, sort_keys=True, separators=(",", ":")).encode("ascii")

    @classmethod
    def from_json(cls, text: bytes) -> Plan:
        """Raises BundleError: not JSON, not a plan, or one that no party should run."""
        if len(text) > MAX_PLAN_BYTES:
            raise BundleError(f"plan of {len(text)} bytes; at most {MAX_PLAN_BYTES}")
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise BundleError(first_problem(error)) from None

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Raises BundleError naming the file."""
        try:
            with Path(path).open("rb") as file:
                return cls.from_json(file.read(MAX_PLAN_BYTES + 1))
        except OSError as error:
            raise BundleError(f"{path}: {error.strerror}") from error
        except BundleError as error:
            raise BundleError(f"{path}: {error}") from None


def first_problem(error: ValidationError) -> str:
    """Where a plan is wrong and how, in one line and without the input's text."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "plan"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def _check_steps(plan: Plan) -> None:
    """Order, names, shapes and rings: each step's output is derived from its inputs and compared."""
    made: dict[str, ValueSpec] = {plan.input: plan.values[plan.input]}
    names: set[str] = set()
    read: set[str] = set()
    for index, step in enumerate(plan.steps):
        need(step.name not in names, f"step {step.name} named twice")
        need(step.y not in made, f"value {step.y} made twice")
        need((step.op == "argmax") == (index == len(plan.steps) - 1), "argmax is the last step and no other")
        missing = [x for x in step.inputs if x not in made]
        need(not missing, f"step {step.name} reads {missing[0] if missing else ''} before it is made")
        try:
            made[step.y] = step.infer([made[x] for x in step.inputs])
        except ValueError as error:
            raise ValueError(f"step {step.name}: {_text(error)}") from None
        need(plan.values.get(step.y) == made[step.y], f"step {step.name}: value {step.y} is declared otherwise")
        names.add(step.name)
        read.update(step.inputs)
    need(max(_depths(plan).values()) <= MAX_DEPTH, f"more than {MAX_DEPTH} steps one after the other")
    need(plan.output == plan.steps[-1].y, "the output is not the last step's")
    need(made.keys() == plan.values.keys(), "values that no step makes")
    need(read == plan.values.keys() - {plan.output}, "values that no step reads")
    need(plan.levels == made[plan.scores].elements, "levels is not the number of scores")


def _depths(plan: Plan) -> dict[str, int]:
    """Value -> steps from the input to it, by the longest way."""
    depths = {plan.input: 0}
    for step in plan.steps:
        depths[step.y] = 1 + max(depths[x] for x in step.inputs)
    return depths


def _text(error: ValueError) -> str:
    return error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)


def _check_sizes(plan: Plan) -> None:
    """What a party allocates or computes for one frame is bounded."""
    elements = [value.elements for value in plan.values.values()]
    need(max(elements) <= MAX_VALUE_ELEMENTS, f"a value of more than {MAX_VALUE_ELEMENTS} elements")
    need(sum(elements) <= MAX_TOTAL_ELEMENTS, f"more than {MAX_TOTAL_ELEMENTS} elements in all values")
    need(sum(step.weights(plan.values) for step in plan.steps) <= MAX_WEIGHTS, "too many weights")
    need(sum(step.macs(plan.values) for step in plan.steps) <= MAX_MACS, f"more than {MAX_MACS} multiplications")
    reads = sum(step.window_reads(plan.values) for step in plan.steps)
    need(reads <= 4 * MAX_TOTAL_ELEMENTS, "too many values under pooling windows")
