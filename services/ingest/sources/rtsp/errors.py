"""Why a camera's video cannot be fetched by RTSP, beside what every way of asking knows.

PullError
├── NotRtsp                  what answers is no RTSP server, or breaks its rules
├── RequestRefused
│   ├── LoginMissing         it wants a login, and there is none
│   ├── LoginRefused         it does not take the login
│   ├── LoginUnsafe          it wants the password in the clear, over a connection in the clear
│   └── LoginUnsupported     it wants a digest that is not of MD5
├── LoginUnreadable          the file with the login
└── UnsupportedCodec         neither H.264 nor H.265
"""

from __future__ import annotations

from services.ingest.sources.pulling.errors import PullError, RequestRefused


class NotRtsp(PullError):
    """What answers there is no RTSP server, or breaks its rules."""

    why = "not_rtsp"


class LoginMissing(RequestRefused):
    """The camera wants a login, and there is no file with one."""

    why = "login_missing"


class LoginRefused(RequestRefused):
    """The camera does not take the login."""

    why = "login_refused"
    for_its_secret = True


class LoginUnsafe(RequestRefused):
    """The camera wants the password itself, over a connection that anyone on the way can read."""

    why = "login_unsafe"


class LoginUnsupported(RequestRefused):
    """The camera wants a digest of another algorithm than MD5."""

    why = "login_unsupported"


class LoginUnreadable(PullError):
    """The file with the camera's login cannot be used."""

    why = "login_unreadable"


class UnsupportedCodec(PullError):
    """The video is neither H.264 nor H.265."""

    why = "unsupported_codec"
