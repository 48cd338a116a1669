"""``card.md``: what a compiled network is, for the people who run the server. It stays with the weights."""

from __future__ import annotations

from collections.abc import Sequence

from snni.compile.agreement import Agreement
from snni.compile.scales import Scales
from snni.errors import ParameterError
from snni.plan import Plan


def write_card(
    plan: Plan, scales: Scales, agreement: Agreement, calibration_images: int, classes: Sequence[str] | None
) -> str:
    """Markdown.

    Raises:
        ParameterError: not one class name for each level.
    """
    if classes is not None and len(classes) != plan.levels:
        raise ParameterError(f"{len(classes)} class names for {plan.levels} levels")
    names = [str(i) for i in range(plan.levels)] if classes is None else list(classes)
    lines = [
        f"# {plan.name}",
        "",
        f"- input: {list(plan.input_shape)}, round(255 x) for x in [0, 1]",
        f"- levels: {', '.join(names)}",
        f"- calibration images: {calibration_images}; compared with the float network: {agreement.images}",
        f"- same level as the float network: {agreement.same_level} of {agreement.images}",
        f"- relative error of the scores: {agreement.relative_error:.4f}",
        "- values outside a ring or window on calibration images: 0",
        "",
        "| value | shape | ring bits | real units of one |",
        "|---|---|---|---|",
    ]
    for name, value in plan.values.items():
        if name in scales.scale:
            lines.append(f"| {name} | {list(value.shape)} | {value.ring_bits} | {scales.scale[name]:.6g} |")
    return "\n".join(lines) + "\n"
