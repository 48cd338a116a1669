"""A protocol made of others: what a party does offline and online for each of them, in the order in which they run.

What is left to it is how shares pass from part to part: the client's offline (`prepare_receive`), the server's online
(`turns`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from snni.twoparty.nonlinear.correlations import Correlations
from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.step_protocol import ClientPart, ServerPart
from snni.wire.channel import Channel
from snni.wire.traffic import Traffic
from snni.wire.turns import Turns


class GatedShape(ABC):
    """The sizes of a protocol whose every message is a gate's (gate.py)."""

    @property
    @abstractmethod
    def gates(self) -> Sequence[GateShape]:
        """One after the other."""

    @property
    def traffic(self) -> Traffic:
        """Online: one gate after the other."""
        return sum((gate.traffic for gate in self.gates), Traffic())

    @property
    def correlations(self) -> Correlations:
        """All gates'."""
        return sum((gate.correlations for gate in self.gates), Correlations())

    @property
    def lookups(self) -> int:
        """All gates'."""
        return sum(gate.lookups for gate in self.gates)


class ComposedClient:
    """The client's side, but for prepare_receive."""

    def __init__(self, parts: Iterable[ClientPart]) -> None:
        self._parts = tuple(parts)

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Of each part."""
        for part in self._parts:
            part.prepare_send(ots)

    def send_prepared(self, channel: Channel) -> None:
        """Of each part."""
        for part in self._parts:
            part.send_prepared(channel)

    def turns(self) -> Turns[None]:
        """Each part's, one after the other: its shares of what passes between them are masks that it chose before."""
        for part in self._parts:
            yield from part.turns()


class ComposedServer:
    """The server's side, but for turns."""

    def __init__(self, parts: Iterable[ServerPart]) -> None:
        self._parts = tuple(parts)

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Of each part."""
        for part in self._parts:
            part.prepare_send(ots)

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        """Of each part."""
        for part in self._parts:
            part.prepare_receive(ots)

    def receive_prepared(self, channel: Channel) -> None:
        """Of each part."""
        for part in self._parts:
            part.receive_prepared(channel)
