"""The order in which a run's interactive parts consume random transfers ahead of it, and the checks on them.

First all that the server sends, then all that the client sends, then what the client tells: whoever writes the
messages, each phase flows one way, so that a slow link costs no round trip a step. Both directions' checks come before
the first message that depends on transfers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from snni.twoparty.nonlinear.ots import CheckedOtReceiver, CheckedOtSender, RandomOtReceiver, RandomOtSender
from snni.wire.channel import Channel

T = TypeVar("T")


class ClientPart(Protocol):
    def prepare_send(self, ots: RandomOtSender) -> None: ...

    def send_prepared(self, channel: Channel) -> None: ...


class ServerPart(Protocol):
    def prepare_send(self, ots: RandomOtSender) -> None: ...

    def prepare_receive(self, ots: RandomOtReceiver) -> None: ...

    def receive_prepared(self, channel: Channel) -> None: ...


def client_ahead(
    channel: Channel,
    receiver: CheckedOtReceiver,
    sender: CheckedOtSender,
    parts: Sequence[ClientPart],
    receive: Callable[[CheckedOtReceiver], T],
) -> T:
    """receive: has every part receive, and gives what this gives. Raises ConsistencyError: the server cheated."""
    received = receive(receiver)
    receiver.begin_check()
    receiver.exchange_challenge()
    for part in parts:
        part.prepare_send(sender)
    sender.begin_check()
    receiver.finish_check()
    sender.exchange_challenge()
    sender.finish_check()
    for part in parts:
        part.send_prepared(channel)
    return received


def server_ahead(
    channel: Channel, sender: CheckedOtSender, receiver: CheckedOtReceiver, parts: Sequence[ServerPart]
) -> None:
    """In the client's order. Raises ConsistencyError: the client cheated."""
    for part in parts:
        part.prepare_send(sender)
    sender.begin_check()
    sender.exchange_challenge()
    for part in parts:
        part.prepare_receive(receiver)
    receiver.begin_check()
    sender.finish_check()
    receiver.exchange_challenge()
    receiver.finish_check()
    for part in parts:
        part.receive_prepared(channel)
