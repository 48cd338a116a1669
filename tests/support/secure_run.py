"""Whole inferences of both parties in two threads over real OT and HE; values revealed, held to the reference."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import CorrelationError
from snni.model.bundle import Bundle
from snni.model.integers import centred
from snni.model.reference import Reference
from snni.model.step_cost import plan_cost
from snni.model.steps import Argmax
from snni.twoparty.frames.client import ClientFrame
from snni.twoparty.frames.server import ServerFrame
from snni.twoparty.linear.client import ClientKeys, ClientLinear
from snni.twoparty.linear.portions import geometry, layout
from snni.twoparty.linear.server import ServerLinear
from snni.twoparty.offline import offline_client, offline_server
from snni.twoparty.ot import Direction, OtReceiver, OtSender
from snni.twoparty.server_model import server_model
from snni.twoparty.suite import TWO_PARTY
from snni.wire.profile import Profile
from tests.support.ideal_ots import both


def infer(bundle: Bundle, images, *, scores: bool):
    """Both parties in two threads; per image: the outcome, and each value revealed from both shares."""
    plan, model, keys = bundle.plan, server_model(bundle), ClientKeys.generate()
    mine: list[dict] = [{} for _ in images]
    theirs: list[dict] = [{} for _ in images]
    profiles: list[Profile] = []

    def client(channel):
        frames = [ClientFrame(plan, scores=scores, observe=shares.__setitem__) for shares in mine]
        offline_client(channel, plan, lambda s, n: ClientLinear(layout(geometry(s, plan), n), keys), frames, Profile())
        receiver, sender = OtReceiver(channel, Direction.S_SENDS), OtSender(channel, Direction.C_SENDS)
        receiver.setup()
        sender.setup()
        outcomes = []
        for frame, image in zip(frames, images, strict=True):
            frame.prepare(channel, receiver, sender)
            profiles.append(Profile())
            outcomes.append(frame.run(channel, image, profiles[-1]))
            with pytest.raises(CorrelationError):
                frame.run(channel, image, Profile())
        return outcomes

    def server(channel):
        def layer(step, size):
            return ServerLinear(layout(model.geometries[step.name], size), keys.public_key(), model.weights[step.name])

        shares = offline_server(channel, plan, layer, len(images), Profile())
        sender, receiver = OtSender(channel, Direction.S_SENDS), OtReceiver(channel, Direction.C_SENDS)
        sender.setup()
        receiver.setup()
        for index, share in enumerate(shares):
            frame = ServerFrame(model, share.expand(), scores=scores)
            frame.prepare(channel, sender, receiver)
            frame.run(channel, Profile(), theirs[index].__setitem__)

    outcomes, _, _ = both(client, server)
    if not scores:
        check_cost(plan, profiles)
    revealed = [
        {
            name: centred(c[name].astype(np.int64) + s[name], plan.values[name].ring_bits)
            for name in s
            if name in c and not isinstance(name, Argmax)
        }
        for c, s in zip(mine, theirs, strict=True)
    ]
    return outcomes, revealed


def check_cost(plan, profiles) -> None:
    """What each step of an inference sent and received is what the plan's declared cost says, to the byte."""
    declared = {name.removesuffix(" (input)"): cost for name, cost in plan_cost(plan, TWO_PARTY).items()}
    names = {plan.input: "input"}
    for profile in profiles:
        for name, cost in declared.items():
            measured = profile.steps.get(names.get(name, name))
            assert (measured.sent + measured.received if measured else 0) == cost.online_bytes, name
        assert profile.total_bytes == sum(cost.online_bytes for cost in declared.values())


def check_steps(bundle: Bundle, image, revealed) -> int:
    """Every step's revealed output within its bound of the ideal one on its revealed input; how many were checked."""
    reference, checked = Reference(bundle.plan, bundle.weights), 0
    assert np.array_equal(revealed[bundle.plan.input], image)
    for step in bundle.plan.steps[:-1]:
        ideal = reference.step(step, [revealed[name] for name in step.inputs])
        error = np.abs(centred(revealed[step.y] - ideal.y, bundle.plan.values[step.y].ring_bits))
        assert error.max() <= ideal.error_units, step.name
        checked += 1
    return checked
