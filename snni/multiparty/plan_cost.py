"""What a batch costs among servers before it runs: bytes from the dealer, bytes between the evaluators, rounds; with
four, bytes to the dealer. Exact: frame headers included, TLS not. Nothing depends on a value.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from snni.model.plan import Plan
from snni.model.steps import Step
from snni.multiparty.batch import dealt_bytes
from snni.multiparty.check.opening import HASH_BYTES
from snni.multiparty.check.transcript import DIGEST_BYTES
from snni.multiparty.conv import conv_dealt_bytes
from snni.multiparty.operations import is_local, protocol
from snni.multiparty.prove.cost import ahead_bytes, video_ahead_bytes
from snni.multiparty.roles import EVALUATORS, Role, Setting
from snni.multiparty.video_shape import VideoShape
from snni.wire.framing import HEADER
from snni.wire.packing import packed_bytes


@dataclass(frozen=True)
class ServersCost:
    """dealt: from the dealer to the second evaluator, ahead. opened: from each evaluator to the other, online.

    rounds: openings, each one flight in both directions at once. claimed: with four, from the first evaluator to the
    dealer, online; what the witness sends the dealer ahead is as much as is opened.
    """

    dealt: int = 0
    opened: int = 0
    rounds: int = 0
    claimed: int = 0

    def __add__(self, other: ServersCost) -> ServersCost:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return ServersCost(*(one + another for one, another in pairs))


DIGESTS = 2 * (HEADER.size + DIGEST_BYTES)
"""Of a run of four servers besides: from the witness to both evaluators."""
CLOSING = HEADER.size + 2 * HASH_BYTES
"""From either evaluator to the dealer of active servers."""


@dataclass(frozen=True)
class Sent:
    """Bytes that one server sends for a run: ahead of it, and online."""

    ahead: int = 0
    online: int = 0


def sent_by(cost: ServersCost, setting: Setting) -> dict[Role, Sent]:
    """What each server sends of a run's cost, but for the few bytes of orders; of three active ones, but for proofs."""
    sent = {Role.DEALER: Sent(ahead=cost.dealt)} | dict.fromkeys(EVALUATORS, Sent(online=cost.opened))
    if not setting.active:
        return sent
    closed = {
        Role.DEALER: sent[Role.DEALER],
        Role.FIRST: Sent(online=cost.opened + cost.claimed + CLOSING),
        Role.SECOND: Sent(online=cost.opened + CLOSING),
    }
    if setting.proved:
        return closed
    return {**closed, Role.WITNESS: Sent(ahead=cost.opened + DIGESTS)}


def plan_sent(plan: Plan, images: int, setting: Setting) -> dict[Role, Sent]:
    """What each server sends for ``images`` together, but for the few bytes of orders."""
    sent = sent_by(total_servers_cost(plan, images), setting)
    if not setting.proved:
        return sent
    ahead = ahead_bytes(plan, images)
    return {role: Sent(ahead[role], one.online) for role, one in sent.items()}


def video_sent(shape: VideoShape, setting: Setting) -> dict[Role, Sent]:
    """As ``plan_sent``, for a video's label."""
    sent = sent_by(sum(video_cost(shape).values(), ServersCost()), setting)
    if not setting.proved:
        return sent
    ahead = video_ahead_bytes(shape)
    return {role: Sent(ahead[role], one.online) for role, one in sent.items()}


def servers_cost(plan: Plan, images: int = 1) -> dict[str, ServersCost]:
    """By step, for ``images`` together. Local steps cost nothing."""
    costs = {}
    for step in plan.steps:
        if is_local(step):
            costs[step.name] = ServersCost()
            continue
        interactive, spec = protocol(step, plan, images), plan.values[step.y]
        opened = interactive.opened_bytes if interactive else (packed_bytes(images * spec.elements, spec.ring_bits),)
        dealt = HEADER.size + dealt_bytes(step, plan, images)
        claimed = interactive.claimed_bytes if interactive else conv_claimed_bytes(step, plan, images)
        claimed += HEADER.size * len(opened)
        costs[step.name] = ServersCost(dealt, sum(HEADER.size + size for size in opened), len(opened), claimed)
    return costs


def conv_claimed_bytes(step: Step, plan: Plan, images: int) -> int:
    """Of a convolution: its inputs, in its own ring."""
    return packed_bytes(images * plan.values[step.inputs[0]].elements, plan.values[step.y].ring_bits)


def total_servers_cost(plan: Plan, images: int = 1) -> ServersCost:
    """Sum over ``servers_cost``."""
    return sum(servers_cost(plan, images).values(), ServersCost())


def video_cost(shape: VideoShape) -> dict[str, ServersCost]:
    """Of a video's label, by phase: ``selection``, ``network`` (of all selected frames together) and ``label``."""
    plan, pixels, label = shape.plan, shape.selected * shape.pixels, shape.label
    by_step = servers_cost(plan, shape.selected)
    return {
        "selection": ServersCost(
            HEADER.size + conv_dealt_bytes(pixels, plan.input_bits),
            HEADER.size + packed_bytes(pixels, plan.input_bits),
            1,
            HEADER.size + packed_bytes(shape.frames * shape.pixels, plan.input_bits),
        ),
        "network": sum((by_step[step.name] for step in plan.steps[:-1]), ServersCost()),
        "label": ServersCost(
            HEADER.size + label.dealt_bytes,
            sum(HEADER.size + size for size in label.opened_bytes),
            len(label.opened_bytes),
            HEADER.size * len(label.opened_bytes) + label.claimed_bytes,
        ),
    }
