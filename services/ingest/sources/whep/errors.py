"""Why a camera's video cannot be fetched by WHEP, beside what every way of asking knows.

PullError
├── NotWhep                  what answers is no WHEP server, or breaks its rules
├── RequestRefused
│   ├── NotLive              it has nothing to send yet
│   ├── ServerOffers         it wants to make the offer itself
│   ├── TokenMissing         it wants a token, and there is none
│   └── TokenRefused         it does not take the token
├── TokenUnreadable          the file with the token
├── AnswerMalformed          its answer is no answer to this offer
└── NeverConnected           the media finds no way
"""

from __future__ import annotations

from services.ingest.sources.pulling.errors import PullError, RequestRefused


class NotWhep(PullError):
    """What answers there is no WHEP server, or breaks its rules."""

    why = "not_whep"


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


class TokenUnreadable(PullError):
    """The file with the camera's token cannot be used."""

    why = "token_unreadable"


class AnswerMalformed(PullError):
    """The answer is too long, no session description, or none to what was offered."""

    why = "answer_malformed"


class NeverConnected(PullError):
    """ICE or DTLS did not come up."""

    why = "never_connected"
