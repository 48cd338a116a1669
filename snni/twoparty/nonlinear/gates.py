"""The protocol of a gate, by its shape: in two flights where its comparison allows that, else gate.py's."""

from __future__ import annotations

from snni.twoparty.nonlinear.gate import GateClient, GateServer
from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.two_flights import TwoFlightClient, TwoFlightServer


def gate_client(shape: GateShape) -> GateClient | TwoFlightClient:
    """The client's part, fresh for one evaluation."""
    return TwoFlightClient(shape) if shape.two_flights else GateClient(shape)


def gate_server(shape: GateShape) -> GateServer | TwoFlightServer:
    """The server's part."""
    return TwoFlightServer(shape) if shape.two_flights else GateServer(shape)
