"""A first question to a camera, before libavformat speaks with it: DESCRIBE without a login (RFC 2326, 10.2).

What libavformat does not tell apart has an error of its own here, before anything is proved or read. The answer is
bounded in bytes and time; its body is not read.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from urllib.parse import urlsplit

from services.ingest.sources.pulling.errors import (
    CertificateRefused,
    ConnectionLost,
    PullError,
    Redirected,
    RequestRefused,
    Silent,
    StreamNotFound,
    Unreachable,
)
from services.ingest.sources.rtsp.errors import LoginMissing, NotRtsp
from services.ingest.sources.rtsp.proof import challenge_of

PORTS = {"rtsp": 554, "rtsps": 322}
"""rtsps has its port from RFC 7826, 22.15."""
MAX_HEAD_BYTES = 16_384
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
STATUS = re.compile(rb"RTSP/1\.\d (\d{3})( [^\r\n]*)?\r\n")


async def greet(url: str, tls: ssl.SSLContext | None, has_login: bool, patience_s: float) -> None:
    """Ask for the stream's description.

    Args:
        url: rtsp or rtsps, without a login. tls: for rtsps. has_login: there will be one.

    Raises:
        PullError: there would be no use in going on; any of its kinds that are imported here.
    """
    secured = url.startswith("rtsps:")
    reader, writer = await connected(url, tls if secured else None, patience_s)
    try:
        async with asyncio.timeout(patience_s):
            head = await _ask(url, reader, writer)
    except TimeoutError:
        raise Silent("no answer in time") from None
    except OSError:
        raise ConnectionLost("ended while asked") from None
    finally:
        writer.transport.abort()
    _judge(head, secured=secured, has_login=has_login)


async def connected(url: str, tls: ssl.SSLContext | None, patience_s: float) -> Streams:
    """A connection to a camera, by TLS where it is given. Raises Unreachable, CertificateRefused, NotRtsp."""
    where = urlsplit(url)
    port = where.port or PORTS[where.scheme]
    try:
        async with asyncio.timeout(patience_s):
            return await asyncio.open_connection(str(where.hostname), port, ssl=tls, limit=MAX_HEAD_BYTES)
    except ssl.SSLCertVerificationError:
        raise CertificateRefused("not the authority's, or for another name") from None
    except ssl.SSLError:
        raise NotRtsp("no TLS session") from None
    except (OSError, UnicodeError):  # TimeoutError is an OSError; UnicodeError is a name that no IDN rule takes
        raise Unreachable("no connection") from None


async def _ask(url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n".encode("ascii"))
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.LimitOverrunError, asyncio.IncompleteReadError):
        raise NotRtsp("no end of the answer's head") from None


def _judge(head: bytes, *, secured: bool, has_login: bool) -> None:
    status = STATUS.match(head)
    if status is None:
        raise NotRtsp("no status line")
    code = int(status[1])
    if 300 <= code < 400:
        raise Redirected("to another address")
    if code == 401:
        if not has_login:
            raise LoginMissing("a login is wanted")
        challenge_of(head.decode("latin-1"), secured=secured)
    elif not 200 <= code < 300:
        raise _refusal(code)


def _refusal(code: int) -> PullError:
    return StreamNotFound("no such path") if code == 404 else RequestRefused(f"status {code}")
