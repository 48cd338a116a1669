"""How who asks comes to all servers: a session's streams, once all of them say that they compute the same in the same
way."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from snni.errors import HandshakeError
from snni.model.plan import Plan
from snni.multiparty.roles import EVALUATORS, Role, Setting
from snni.multiparty.session import messages as ms
from snni.multiparty.session.parties import Neighbours
from snni.wire.socket_channel import SocketChannel

LIMITS = ("max_images", "max_prepared", "max_age_s")


@dataclass(frozen=True)
class ServerStreams:
    """asks: to every server; works: to the evaluators, for what is prepared; verdicts: of active servers, where the
    dealer says what it checked.

    limits: of each kind the least that any server allows. timeout_s: longest wait on any stream, where nothing else is
    said.
    """

    name: str
    plan: Plan
    setting: Setting
    asks: Mapping[Role, SocketChannel]
    works: Mapping[Role, SocketChannel]
    verdicts: tuple[SocketChannel, ...]
    limits: ms.Welcome
    timeout_s: float

    @property
    def dealing(self) -> list[SocketChannel]:
        """To those who deal and witness."""
        return [self.asks[role] for role in self.setting.roles if role not in EVALUATORS]

    @property
    def makers(self) -> dict[Role, SocketChannel]:
        """Where each server tells of a run that it prepares."""
        return {role: self.works.get(role, self.asks[role]) for role in self.setting.roles}

    @property
    def bytes(self) -> int:
        """Sent and received where levels are asked for."""
        return sum(channel.bytes_sent + channel.bytes_received for channel in self.asks.values())

    def wait_as_usual(self, channels: Mapping[Role, SocketChannel]) -> None:
        """No longer than timeout_s on these."""
        for channel in channels.values():
            channel.settimeout(self.timeout_s)

    @contextmanager
    def patient(self, images: int) -> Iterator[None]:
        """While so many images go through the network, evaluators and verdict are waited for as long for each."""
        channels = (*(self.asks[role] for role in EVALUATORS), *self.verdicts)
        for channel in channels:
            channel.settimeout(self.timeout_s * images)
        yield
        for channel in channels:
            channel.settimeout(self.timeout_s)

    def close(self) -> None:
        """End the session at every server."""
        for channel in (*self.asks.values(), *self.works.values(), *self.verdicts):
            channel.close()


def open_streams(servers: Neighbours, plan_hash: str, setting: Setting, timeout_s: float) -> ServerStreams:
    """A session with all servers. plan_hash: of the plan that every one must show; setting: that it must be of.

    Raises PeerError: one is not there or refuses. HandshakeError: one is another, or has another plan or setting.
    """
    name = os.urandom(32).hex()
    channels: list[SocketChannel] = []

    def opened(role: Role, stream: ms.Stream) -> SocketChannel:
        channel = servers.dial(role, timeout_s)
        channels.append(channel)
        channel.settimeout(timeout_s)
        ms.send(channel, ms.HELLO, ms.Hello(version=ms.VERSION, stream=stream, session=name))
        return channel

    try:
        asks = {role: opened(role, "ask") for role in setting.roles}
        welcomes = [_welcomed(channel, role, plan_hash, setting) for role, channel in asks.items()]
        works = {role: opened(role, "work") for role in EVALUATORS}
        verdicts = (opened(Role.DEALER, "verdict"),) if setting.active else ()
        for channel in (*asks.values(), *works.values()):
            channel.recv(ms.READY, limit=0)
    except Exception:
        for channel in channels:
            channel.close()
        raise
    plan = Plan.from_json(welcomes[0].plan.encode())
    least = {kind: min(getattr(welcome, kind) for welcome in welcomes) for kind in LIMITS}
    limits = welcomes[0].model_copy(update=least)
    return ServerStreams(name[:8], plan, setting, asks, works, verdicts, limits, timeout_s)


def _welcomed(channel: SocketChannel, role: Role, plan_hash: str, setting: Setting) -> ms.Welcome:
    welcome = ms.receive(channel, ms.WELCOME, ms.Welcome, ms.MAX_WELCOME_BYTES)
    if welcome.setting is not setting:
        raise HandshakeError("setting", f"the {role.value} is one of {welcome.setting.value}, not of {setting.value}")
    plan = Plan.from_json(welcome.plan.encode())
    if plan.plan_hash != plan_hash:
        raise HandshakeError("plan", f"the {role.value} serves another plan than the one that was asked for")
    if welcome.agreed != ms.agreed_digest(plan, setting):
        raise HandshakeError("parameters", f"the {role.value}'s protocol parameters differ")
    return welcome
