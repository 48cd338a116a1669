"""Why a camera's video cannot be fetched by WHEP, or no longer. No text quotes an address, a token or an answer.

PullError
└── WhepError                    why: the reason that the camera's state tells
    ├── Unreachable              no connection to its address
    ├── CertificateRefused       its certificate is none of the authority's, or for another name
    ├── NotWhep                  what answers is no WHEP server, or breaks its rules
    ├── Redirected               it sends elsewhere, where its token must not go
    ├── RequestRefused           it refuses, without saying more
    │   ├── StreamNotFound       it has no such path
    │   ├── NotLive              it has nothing to send yet
    │   ├── ServerOffers         it wants to make the offer itself
    │   ├── TokenMissing         it wants a token, and there is none
    │   └── TokenRefused         it does not take the token
    ├── TokenUnreadable          the file with the token
    ├── AnswerMalformed          its answer is no answer to this offer
    ├── NoVideo                  its answer sends no video that can be received
    ├── NeverConnected           the media finds no way
    ├── Undecodable              packets come, and no picture can be made of them
    ├── Silent                   nothing comes
    └── ConnectionLost           the connection ended
"""

from __future__ import annotations

from services.ingest.sources.pulling.errors import PullError


class WhepError(PullError):
    """Root of the errors of services.ingest.sources.whep."""


class Unreachable(WhepError):
    """No connection to the camera's address."""

    why = "unreachable"


class CertificateRefused(WhepError):
    """The camera's certificate does not lead to the authority, or is for another name."""

    why = "certificate_refused"


class NotWhep(WhepError):
    """What answers there is no WHEP server, or breaks its rules."""

    why = "not_whep"


class Redirected(WhepError):
    """The camera sends to another host, or on and on."""

    why = "redirected"


class RequestRefused(WhepError):
    """The camera refused the offer."""

    why = "request_refused"


class StreamNotFound(RequestRefused):
    """404, 410."""

    why = "stream_not_found"


class NotLive(RequestRefused):
    """409: nobody publishes what is asked for."""

    why = "not_live"


class ServerOffers(RequestRefused):
    """406: it sent an offer of its own."""

    why = "server_offers"


class TokenMissing(RequestRefused):
    """401, and there is no file with a token."""

    why = "token_missing"


class TokenRefused(RequestRefused):
    """401 or 403."""

    why = "token_refused"
    for_its_secret = True


class TokenUnreadable(WhepError):
    """The file with the camera's token cannot be used."""

    why = "token_unreadable"


class AnswerMalformed(WhepError):
    """The answer is too long, no session description, or none to what was offered."""

    why = "answer_malformed"


class NoVideo(WhepError):
    """The answer sends no video, or none in VP8 or H.264."""

    why = "no_video"


class NeverConnected(WhepError):
    """ICE or DTLS did not come up."""

    why = "never_connected"


class Undecodable(WhepError):
    """Packets come, but no picture can be made of them."""

    why = "undecodable"


class Silent(WhepError):
    """Nothing comes."""

    why = "silent"


class ConnectionLost(WhepError):
    """The connection ended."""

    why = "connection_lost"
