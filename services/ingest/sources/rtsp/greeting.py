"""A first question to a camera, before libavformat speaks with it: DESCRIBE without a login (RFC 2326, 10.2).

What libavformat does not tell apart has an error of its own here, and what it would do without asking is refused: to
send a password in the clear. The answer is bounded in bytes and time; its body is not read.
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
    RequestRefused,
    Silent,
    StreamNotFound,
    Unreachable,
)
from services.ingest.sources.rtsp.errors import LoginMissing, LoginUnsafe, LoginUnsupported, NotRtsp

PORTS = {"rtsp": 554, "rtsps": 322}
"""rtsps has its port from RFC 7826, 22.15."""
MAX_HEAD_BYTES = 16_384
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
DIGEST = re.compile(rb"(?im)^www-authenticate[ \t]*:[ \t]*digest\b([^\r\n]*)")
KNOWN = re.compile(rb"(?i)^(?!.*\balgorithm[ \t]*=)|\balgorithm[ \t]*=[ \t]*\"?md5(-sess)?\b")
"""Challenges whose digests libavformat makes: without an algorithm, which is MD5 (RFC 2617, 3.2.1), or of MD5."""
STATUS = re.compile(rb"RTSP/1\.\d (\d{3})( [^\r\n]*)?\r\n")


async def greet(url: str, tls: ssl.SSLContext | None, has_login: bool, patience_s: float) -> None:
    """Ask for the stream's description.

    Args:
        url: rtsp or rtsps, without a login. tls: for rtsps. has_login: there will be one.

    Raises:
        PullError: there would be no use in going on; any of its kinds that are imported here.
    """
    where = urlsplit(url)
    context = tls if where.scheme == "rtsps" else None
    reader, writer = await _connected(str(where.hostname), where.port or PORTS[where.scheme], context, patience_s)
    try:
        async with asyncio.timeout(patience_s):
            head = await _ask(url, reader, writer)
    except TimeoutError:
        raise Silent("no answer in time") from None
    except OSError:
        raise ConnectionLost("ended while asked") from None
    finally:
        writer.transport.abort()
    _judge(head, secured=context is not None, has_login=has_login)


async def _connected(host: str, port: int, tls: ssl.SSLContext | None, patience_s: float) -> Streams:
    try:
        async with asyncio.timeout(patience_s):
            return await asyncio.open_connection(host, port, ssl=tls, limit=MAX_HEAD_BYTES)
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
    if code == 401:
        _judge_challenge(head, secured=secured, has_login=has_login)
    elif not 200 <= code < 300:
        raise _refusal(code)


def _judge_challenge(head: bytes, *, secured: bool, has_login: bool) -> None:
    if not has_login:
        raise LoginMissing("a login is wanted")
    digests = DIGEST.findall(head)
    if not secured and not digests:
        raise LoginUnsafe("the password would cross in the clear")
    if digests and not KNOWN.search(digests[-1]):  # of several libavformat takes the last
        raise LoginUnsupported("a digest that is not of MD5")


def _refusal(code: int) -> PullError:
    return StreamNotFound("no such path") if code == 404 else RequestRefused(f"status {code}")
