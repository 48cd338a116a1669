"""What three active servers send each other ahead of a batch, exactly: dealing, proofs and parts of checks; headers
included, TLS not. Nothing depends on a value.

A plan is walked as when it is made, with one value in place of each step's many.
"""

from __future__ import annotations

import numpy as np

from snni.model.plan import Plan
from snni.multiparty.model import selection_shape, weight_shapes
from snni.multiparty.prove.counted import Counted
from snni.multiparty.prove.ends import SERVERS
from snni.multiparty.prove.label import made_label
from snni.multiparty.prove.selection import made_selection
from snni.multiparty.prove.sent import Sent
from snni.multiparty.prove.walk import walk
from snni.multiparty.proving_conv import Convolutions, ProvingConv
from snni.multiparty.roles import EVALUATORS, Role
from snni.multiparty.video_shape import VideoShape
from snni.wire.framing import HEADER


def ahead_bytes(plan: Plan, images: int) -> dict[Role, int]:
    """By server: what it sends for a batch, but for the few bytes of orders."""
    return _sent(_batch(plan, images))


def dealt_sizes(plan: Plan, images: int) -> list[int]:
    """Payloads of a batch's DEALT messages, in their order."""
    return _batch(plan, images).dealt


def video_ahead_bytes(shape: VideoShape) -> dict[Role, int]:
    """As ``ahead_bytes``, for a video's label."""
    return _sent(_video(shape))


def video_dealt_sizes(shape: VideoShape) -> list[int]:
    """As ``dealt_sizes``, for a video's label."""
    return _video(shape).dealt


def _batch(plan: Plan, images: int) -> Counted:
    maker = Counted()
    halves = {Role.FIRST: np.zeros((images, *plan.input_shape), np.uint32)}
    walk(plan, plan.steps, _unshared(plan), maker, images, halves)
    return maker


def _video(shape: VideoShape) -> Counted:
    plan, maker = shape.plan, Counted()
    halves = {Role.FIRST: np.zeros((shape.frames, *plan.input_shape), np.uint32)}
    step, size = selection_shape(shape)
    _, chosen = made_selection(ProvingConv(step, {}, np.empty(size, np.uint64), None), maker, shape, halves)
    _, scores = walk(plan, plan.steps[:-1], _unshared(plan), maker, shape.selected, chosen)
    made_label(shape.label, maker, {role: half.reshape(shape.selected, -1) for role, half in scores.items()})
    return maker


def _unshared(plan: Plan) -> Convolutions:
    """The plan's convolutions by their shapes alone."""
    return {step.name: ProvingConv(step, {}, np.empty(shape, np.uint64), None) for step, shape in weight_shapes(plan)}


def _sent(maker: Counted) -> dict[Role, int]:
    sent = Sent()
    for size in maker.dealt:
        sent.by[Role.DEALER] += HEADER.size + size
    sent.bits(Role.DEALER, maker.relations, shared=True)
    sent.words(Role.DEALER, maker.products, shared=True)
    sent.sums(Role.DEALER, maker.shared, shared=True)
    for role in EVALUATORS:
        for size in maker.told:
            sent.by[role] += HEADER.size + size
        sent.bits(role, maker.tables, shared=False)
        sent.words(role, [2 * size for size in maker.products], shared=False)
        sent.sums(role, maker.sums, shared=False)
    return {role: sent.by[role] for role in SERVERS}
