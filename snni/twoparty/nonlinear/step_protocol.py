"""What every nonlinear step of a plan offers: to the two executors, and to those who ask what it costs.

Offline the client calls prepare_receive (random OTs that the server sends), prepare_send and send_prepared, each for
all steps before the next; the server the mirror images: prepare_send, prepare_receive, receive_prepared. Online both
run their turns once. Objects hold correlations: used once, then dropped.
"""

from __future__ import annotations

from typing import Protocol

from snni.twoparty.nonlinear.correlations import Correlations
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.wire.channel import Channel
from snni.wire.packing import U32
from snni.wire.traffic import Traffic
from snni.wire.turns import Turns


class StepShape(Protocol):
    """A step's sizes, from which both parties derive every message."""

    @property
    def traffic(self) -> Traffic:
        """Online."""
        ...

    @property
    def correlations(self) -> Correlations:
        """What it needs beforehand."""
        ...

    @property
    def lookups(self) -> int:
        """Digits looked up online."""
        ...


class ClientPart(Protocol):
    """The client's side of anything that has its operands by then: a step, a gate, a lookup."""

    def prepare_send(self, ots: RandomOtSender) -> None: ...

    def send_prepared(self, channel: Channel) -> None: ...

    def turns(self) -> Turns[None]:
        """Online."""
        ...


class ClientStep(ClientPart, Protocol):
    """The client's side of a step."""

    def prepare_receive(self, ots: RandomOtReceiver, c: U32, mask: U32 | None) -> U32:
        """c: its share of the input. mask: its share of the output if drawn before. Returns its output share."""


class ServerPart(Protocol):
    """The server's side of the same; its turns take what its kind takes."""

    def prepare_send(self, ots: RandomOtSender) -> None: ...

    def prepare_receive(self, ots: RandomOtReceiver) -> None: ...

    def receive_prepared(self, channel: Channel) -> None: ...


class ServerStep(ServerPart, Protocol):
    """The server's side of a step."""

    def turns(self, s: U32) -> Turns[U32]:
        """Online. s: its share of the input. Gives its share of the output."""
        ...


class OpeningClient(ClientStep, Protocol):
    """The last step of a plan: its output is opened to the client."""

    def reveal(self, channel: Channel) -> int:
        """The output. Raises WireError: it opens to nothing that the step can give."""


class OpeningServer(ServerStep, Protocol):
    """The server's side of it."""

    def reveal(self, channel: Channel, share: U32) -> None:
        """Send what it holds of the output: its share, or the table with it."""
