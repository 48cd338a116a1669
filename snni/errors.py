"""Everything the engine raises.

SnniError
├── ParameterError        a caller's argument is outside its stated range
├── BundleError           a bundle or plan on disk is not one, or its parts disagree
│   └── UnsupportedLayer  the compiler met a layer it has no protocol for; says what to use instead
├── WireError             a peer's bytes are not a valid message: length, version, tag, order or range
│   ├── ConsistencyError  a peer's oblivious transfers fail their consistency check: it does not follow the protocol
│   ├── DeviationError    a party of an active mode does not follow the protocol; of servers, which one is not known
│   └── AuditError        a client's preparation is not what its seed gives: it does not follow the protocol
├── PeerError             the peer left, or answered with a refusal
│   └── HandshakeError    the parties disagree on version, plan, parameters, role or identity
└── CorrelationError      a correlation was asked for that is not made, or was claimed before
"""

from __future__ import annotations


class SnniError(Exception):
    """Base of the tree. image_used: it ended an inference that had sent its image under a mask; whoever tried the same
    image again would let the peer see how it reacts to another fault with the same secret."""

    image_used = False


class ParameterError(SnniError, ValueError):
    """An argument is outside its stated range."""


class BundleError(SnniError):
    """A bundle or plan on disk is not valid."""


class UnsupportedLayer(BundleError):
    """A layer has no secure protocol here. ``layer`` names it, ``instead`` says what to use."""

    def __init__(self, layer: str, instead: str) -> None:
        super().__init__(f"{layer} is not supported by secure inference; use {instead}")
        self.layer = layer
        self.instead = instead


class WireError(SnniError):
    """A peer's bytes are not a valid message. Ends the session."""


class PeerError(SnniError):
    """The peer closed the stream or refused."""


class HandshakeError(PeerError):
    """The parties disagree. ``field`` names what on."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ConsistencyError(WireError):
    """A peer's oblivious transfers do not hold together: it does not follow the protocol. Ends the session."""


class DeviationError(WireError):
    """What one party did is not what it would have done by the protocol, as another one sees. Ends the session."""


class AuditError(WireError):
    """A client was asked to show what a unit of its preparation came from, and it was not what it had sent. Ends the
    session and locks the client out."""


class CorrelationError(SnniError):
    """A correlation number that is not made in this epoch, or is claimed already."""
