"""Both parties of whole inferences in two threads of this process, over real transfers and encryption, observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from snni.errors import CorrelationError
from snni.inference import Outcome
from snni.model.bundle import Bundle
from snni.model.steps import Step
from snni.twoparty.inference.client import ClientInference
from snni.twoparty.inference.server import ServerInference
from snni.twoparty.linear.client import ClientKeys, ClientLinear
from snni.twoparty.linear.portions import geometry, layout
from snni.twoparty.linear.server import ServerLinear
from snni.twoparty.offline import offline_client, offline_server
from snni.twoparty.ot import Direction, OtReceiver, OtSender
from snni.twoparty.server_model import server_model
from snni.twoparty.suite import TWO_PARTY, TwoPartySuite
from snni.wire.framing import MAX_FRAME_BYTES
from snni.wire.profile import Profile
from tests.support.ideal_ots import both

KEY = 0x7E  # frame tag of this run's public key, which a session sends on its control connection
Shares = dict[str, NDArray[Any]]


@dataclass(repr=False)
class Run:
    """Of each frame: the outcome, its profile at the client, both parties' shares by value, and what the server keeps
    of the linear phase, by convolution. What each party sent, in order: (tag, payload); what it received: (tag, limit,
    payload)."""

    outcomes: list[Outcome] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    mine: list[Shares] = field(default_factory=list)
    theirs: list[Shares] = field(default_factory=list)
    kept: list[Shares] = field(default_factory=list)
    sent: dict[str, list[tuple[int, bytes]]] = field(default_factory=lambda: {"client": [], "server": []})
    received: dict[str, list[tuple[int, int, bytes]]] = field(default_factory=lambda: {"client": [], "server": []})


def run_parties(
    bundle: Bundle,
    images: Sequence[NDArray[np.uint8]],
    suite: TwoPartySuite = TWO_PARTY,
    start: Callable[[str], None] = lambda party: None,
    *,
    scores: bool = False,
) -> Run:
    """One session's work: keys, set-up, one batch of frames, an inference of each. start: called in each party's
    thread with its name before anything else."""
    plan, model, run = bundle.plan, server_model(bundle), Run()

    def begin(party: str, channel: Any) -> Any:
        start(party)
        send, receive = channel.send, channel.recv

        def heard(tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
            payload: memoryview = receive(tag, limit)
            run.received[party].append((int(tag), limit, bytes(payload)))
            return payload

        def noted(tag: int, payload: Any) -> None:
            run.sent[party].append((int(tag), bytes(payload)))
            send(tag, payload)

        channel.send, channel.recv = noted, heard
        return channel

    def client(channel: Any) -> None:
        begin("client", channel)
        run.mine = [{} for _ in images]
        keys = ClientKeys.generate()
        channel.send(KEY, keys.public_key())
        frames = [ClientInference(plan, suite, scores=scores, observe=shares.__setitem__) for shares in run.mine]
        offline_client(channel, plan, lambda s, n: ClientLinear(layout(geometry(s, plan), n), keys), frames, Profile())
        receiver = OtReceiver(channel, Direction.S_SENDS, suite.transfers)
        sender = OtSender(channel, Direction.C_SENDS, suite.transfers)
        receiver.setup()
        sender.setup()
        for frame, image in zip(frames, images, strict=True):
            frame.prepare(channel, receiver, sender)
            run.profiles.append(Profile())
            run.outcomes.append(frame.run(channel, image, run.profiles[-1]))
            with pytest.raises(CorrelationError):
                frame.run(channel, image, Profile())

    def server(channel: Any) -> None:
        begin("server", channel)
        run.theirs = [{} for _ in images]
        key = channel.recv(KEY)

        def layer(step: Step, size: int) -> ServerLinear:
            return ServerLinear(layout(model.geometries[step.name], size), key, model.weights[step.name])

        shares = offline_server(channel, plan, layer, len(images), Profile())
        sender = OtSender(channel, Direction.S_SENDS, suite.transfers)
        receiver = OtReceiver(channel, Direction.C_SENDS, suite.transfers)
        sender.setup()
        receiver.setup()
        run.kept = [dict(share.expand()) for share in shares]
        for share, seen in zip(shares, run.theirs, strict=True):
            frame = ServerInference(model, share.expand(), suite, scores=scores)
            frame.prepare(channel, sender, receiver)
            frame.run(channel, Profile(), seen.__setitem__)

    both(client, server)
    return run
