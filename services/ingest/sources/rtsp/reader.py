"""One session with a camera, by PyAV: opened, read, decoded; blocking, for a thread of its own.

libavformat names the address with the login in its errors' texts: none of them leaves this module.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import av
from av.container import InputContainer

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.frames.decoder import Decoder
from services.ingest.sources.pulling.errors import (
    ConnectionLost,
    NoVideo,
    PullError,
    RequestRefused,
    Silent,
    StreamNotFound,
    Undecodable,
    Unreachable,
)
from services.ingest.sources.rtsp.errors import LoginRefused, NotRtsp, UnsupportedCodec
from services.ingest.sources.rtsp.joining import Joining
from services.ingest.sources.rtsp.login import Login
from services.ingest.sources.rtsp.losses import Losses
from services.ingest.sources.rtsp.options import RtspOptions
from services.ingest.sources.rtsp.thinning import Thinning
from services.runtime.clock import Clock
from services.site.records import Rtsp

CODECS = frozenset({"h264", "hevc"})
REORDER_US = 300_000
"""How long datagrams out of order are waited for."""


@dataclass(frozen=True)
class Session:
    """What a session needs. stop: ends it at the next packet. opened: called once it plays. leave: takes each frame.

    may: whether anything may be decoded now. withheld: told of every packet that may not.
    """

    where: Rtsp = field(repr=False)
    login: Login | None
    options: RtspOptions
    clock: Clock
    stop: threading.Event
    opened: Callable[[], None]
    leave: Callable[[DecodedFrame], None]
    may: Callable[[], bool] = lambda: True
    withheld: Callable[[], None] = lambda: None


def read(session: Session) -> None:
    """Read and decode until told to stop. Raises PullError: why it ended otherwise."""
    with Losses() as losses, closing(_open(session)) as container:
        session.opened()
        with _told_apart(ConnectionLost, lambda: NotRtsp):
            _decode(session, container, losses)


def _open(session: Session) -> InputContainer:
    where, options = session.where, session.options
    url = session.login.within(where.url) if session.login else where.url
    said = {
        "rtsp_transport": where.transport,
        "allowed_media_types": "video",
        "user_agent": "Veilward",
        "max_delay": str(REORDER_US),
        "min_port": "32768",  # the system's ephemeral ports, as media of WHIP
        "max_port": "60999",
        "analyzeduration": "1",  # what the description says is enough; looking further would delay the first pictures
        "probesize": "32",
        "timeout": str(int(options.silence_s * 1e6)),
    }
    if where.url.startswith("rtsps:"):
        said |= {"tls_verify": "1", "ca_file": str(options.ca)}
    late = session.clock.now().mono + options.connect_s
    with _told_apart(RequestRefused, lambda: Silent if session.clock.now().mono >= late else NotRtsp):
        container = av.open(url, format="rtsp", options=said, timeout=(options.connect_s, options.silence_s))
    if not isinstance(container, InputContainer):
        raise NoVideo("not an input")
    return container


def _decode(session: Session, container: InputContainer, losses: Losses) -> None:
    if not container.streams.video:
        raise NoVideo("no video in the description")
    stream = container.streams.video[0]
    reading = _Reading(session, _decoder(stream), losses)
    for packet in container.demux(stream):
        if session.stop.is_set():
            return
        reading.take(packet)
    raise ConnectionLost("the stream ended")


class _Reading:
    """One stream, in the order of its packets. Of a camera that may not be processed it holds no picture."""

    def __init__(self, session: Session, decoder: Decoder, losses: Losses) -> None:
        self._session, self._decoder, self._losses = session, decoder, losses
        self._joining, self._thinning = Joining(), Thinning(session.options.sample_period_s)
        self._seen, self._closed, self._fresh = session.clock.now().mono, False, True

    def take(self, packet: av.Packet) -> None:
        """Raises Undecodable: packets come, and no picture."""
        at = self._session.clock.now().mono
        if not self._session.may():
            self._withhold(at)
            return
        spared = self._losses.spare(packet)
        if not spared:
            self._joining.forget()
            self._closed = True
        for coded in self._joining.whole(packet) if spared else ():
            self._decode(coded, at)
        if at - self._seen > self._session.options.silence_s:
            raise Undecodable("packets, and no picture")

    def _decode(self, coded: av.Packet, at: float) -> None:
        if self._closed and not coded.is_keyframe:  # what it builds upon was not decoded
            self._seen = at
            return
        self._closed = False
        if coded.size and self._thinning.wanted(at, key=coded.is_keyframe):
            self._fresh = False
            for picture in self._decoder.pictures(coded) or ():
                self._seen = at
                self._session.leave(DecodedFrame(picture, _media_s(coded), at, at))

    def _withhold(self, at: float) -> None:
        self._session.withheld()
        self._joining.forget()
        if not self._fresh:
            self._decoder.forget()
        self._seen, self._closed, self._fresh = at, True, True


def _decoder(stream: av.VideoStream) -> Decoder:
    """It leaves out pictures that no other needs."""
    name = stream.codec_context.name
    if name not in CODECS:
        raise UnsupportedCodec("neither H.264 nor H.265")
    return Decoder(name, stream.codec_context.extradata, needed_only=True)


def _media_s(packet: av.Packet) -> float | None:
    """By its RTP timestamp, from the origin that libavformat took."""
    if packet.pts is None or packet.time_base is None:
        return None
    return float(packet.pts * packet.time_base)


@contextmanager
def _told_apart(otherwise: type[PullError], broken: Callable[[], type[PullError]]) -> Iterator[None]:
    """libavformat's errors as this package's.

    otherwise: for those that say nothing special. broken: for an answer that it calls invalid, as it does an interrupt
    before the first answer.
    """
    try:
        yield
    except av.HTTPUnauthorizedError:
        raise LoginRefused("refused") from None
    except av.HTTPNotFoundError:
        raise StreamNotFound("no such path") from None
    except (av.HTTPClientError, av.HTTPServerError):
        raise RequestRefused("refused") from None
    except (av.ExitError, TimeoutError):  # the interrupt of PyAV's timeout
        raise Silent("no answer in time") from None
    except av.InvalidDataError:
        raise broken()("no answer that can be read") from None
    except ConnectionRefusedError:
        raise Unreachable("no connection") from None
    except (av.FFmpegError, OSError):
        raise otherwise("libavformat gave up") from None
