"""Why a camera's video cannot be fetched, or no longer. No text quotes an address, a login or what a camera said.

PullError
└── RtspError
    ├── Unreachable              no connection to its address
    ├── CertificateRefused       its certificate is none of the authority's, or for another name
    ├── NotRtsp                  what answers is no RTSP server, or breaks its rules
    ├── RequestRefused           it refuses, without saying more
    │   ├── StreamNotFound       it has no such path
    │   ├── LoginMissing         it wants a login, and there is none
    │   ├── LoginRefused         it does not take the login
    │   ├── LoginUnsafe          it wants the password in the clear, over a connection in the clear
    │   └── LoginUnsupported     it wants a digest that libavformat cannot make
    ├── LoginUnreadable          the file with the login
    ├── NoVideo                  there is no video in the stream
    ├── UnsupportedCodec         neither H.264 nor H.265
    ├── Undecodable              packets come, and no picture can be made of them
    ├── Silent                   nothing comes
    └── ConnectionLost           the connection ended
"""

from __future__ import annotations

from services.ingest.sources.pulling.errors import PullError


class RtspError(PullError):
    """Root of the errors of services.ingest.sources.rtsp."""


class Unreachable(RtspError):
    """No connection to the camera's address."""

    why = "unreachable"


class CertificateRefused(RtspError):
    """The camera's certificate does not lead to the authority, or is for another name."""

    why = "certificate_refused"


class NotRtsp(RtspError):
    """What answers there is no RTSP server, or breaks its rules."""

    why = "not_rtsp"


class RequestRefused(RtspError):
    """The camera refused a request."""

    why = "request_refused"


class StreamNotFound(RequestRefused):
    """The camera has no stream under this path."""

    why = "stream_not_found"


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


class LoginUnreadable(RtspError):
    """The file with the camera's login cannot be used."""

    why = "login_unreadable"


class NoVideo(RtspError):
    """There is no video in the stream."""

    why = "no_video"


class UnsupportedCodec(RtspError):
    """The video is neither H.264 nor H.265."""

    why = "unsupported_codec"


class Undecodable(RtspError):
    """Packets come, but no picture can be made of them."""

    why = "undecodable"


class Silent(RtspError):
    """Nothing comes."""

    why = "silent"


class ConnectionLost(RtspError):
    """The connection ended."""

    why = "connection_lost"
