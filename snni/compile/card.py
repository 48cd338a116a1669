"""``card.md``: what a compiled network is, for the people who run the server. It stays with the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from snni.compile.agreement import Agreement
from snni.compile.headroom import Headroom
from snni.compile.scales import Scales
from snni.errors import ParameterError
from snni.model.plan import Plan


def write_card(
    plan: Plan,
    scales: Scales,
    headroom: Mapping[str, Headroom],
    agreement: Agreement,
    calibration_images: int,
    classes: Sequence[str] | None,
) -> str:
    """Markdown. It holds the plan's hash, and no digest of the weights: the plan has a salted commitment to them.

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
        f"- crops: {plan.crop_format}",
        f"- levels: {', '.join(names)}",
        f"- calibration images: {calibration_images}; compared with the float network: {agreement.images}",
        f"- same level as the float network: {agreement.same_level} of {agreement.images}",
        f"- relative error of the scores: {agreement.relative_error:.4f}",
        "- values outside a ring or window on calibration images: 0",
        f"- least headroom over the calibration images: {_least(headroom)}",
        f"- plan: SHA-256 {plan.plan_hash}; its commitment to the weights is salted",
        "",
        "Headroom is in bits: how often a value may double beyond its largest on a calibration image.",
        "",
        "| value | shape | ring bits | ring headroom | window headroom | real units of one |",
        "|---|---|---|---|---|---|",
    ]
    for name, value in plan.values.items():
        if name in scales.scale:
            room = headroom[name]
            window = "" if room.window is None else f"{room.window:.1f}"
            lines.append(
                f"| {name} | {list(value.shape)} | {value.ring_bits} | {room.ring:.1f} | {window} "
                f"| {scales.scale[name]:.6g} |"
            )
    return "\n".join(lines) + "\n"


def _least(headroom: Mapping[str, Headroom]) -> str:
    """The smallest of each kind, and whose it is."""
    rings = {name: room.ring for name, room in headroom.items()}
    windows = {name: room.window for name, room in headroom.items() if room.window is not None}
    found = [("ring", rings), ("window", windows)]
    named = [(kind, min(rooms, key=lambda name: rooms[name]), rooms) for kind, rooms in found if rooms]
    return ", ".join(f"{kind} {rooms[name]:.1f} bits ({name})" for kind, name, rooms in named)
