"""What every nonlinear step of a plan offers to the two executors.

Offline the client calls prepare_receive (random OTs that the server sends), prepare_send and send_prepared, each for
all steps before the next; the server the mirror images: prepare_send, prepare_receive, receive_prepared. Online both
call run once. Objects hold correlations: used once, then dropped.
"""

from __future__ import annotations

from typing import Protocol

from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.wire import U32
from snni.wire.channel import Channel


class ClientStep(Protocol):
    def prepare_receive(self, ots: RandomOtReceiver, c: U32, mask: U32 | None) -> U32:
        """c: its share of the input. mask: its share of the output if drawn before. Returns its output share."""

    def prepare_send(self, ots: RandomOtSender) -> None: ...

    def send_prepared(self, channel: Channel) -> None: ...

    def run(self, channel: Channel) -> None: ...


class ServerStep(Protocol):
    def prepare_send(self, ots: RandomOtSender) -> None: ...

    def prepare_receive(self, ots: RandomOtReceiver) -> None: ...

    def receive_prepared(self, channel: Channel) -> None: ...

    def run(self, channel: Channel, s: U32) -> U32:
        """s: its share of the input. Returns its share of the output."""
