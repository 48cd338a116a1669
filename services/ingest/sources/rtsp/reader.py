"""One session with a camera, by PyAV: opened, read, decoded; blocking, for a thread of its own.

libavformat is given no login (relay.py). It names the address in its errors' texts: none of them leaves this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import av
from av.container import InputContainer

from services.ingest.frames.decoder import Decoder
from services.ingest.frames.parameter_sets import Codec
from services.ingest.sources.pulling.errors import (
    ConnectionLost,
    NoVideo,
    PullError,
    RequestRefused,
    Silent,
    StreamNotFound,
    Unreachable,
)
from services.ingest.sources.rtsp.errors import LoginRefused, NotRtsp, UnsupportedCodec
from services.ingest.sources.rtsp.losses import Losses
from services.ingest.sources.rtsp.reading import Reading
from services.ingest.sources.rtsp.session import Session

CODECS: dict[str, Codec] = {"h264": "H264", "hevc": "H265"}
REORDER_US = 300_000
"""How long datagrams out of order are waited for."""


def read(session: Session) -> None:
    """Read and decode until told to stop. Raises PullError: why it ended otherwise."""
    with Losses() as losses, closing(_open(session)) as container:
        session.opened()
        with _told_apart(ConnectionLost, lambda: NotRtsp):
            _decode(session, container, losses)


def _open(session: Session) -> InputContainer:
    where, options = session.where, session.options
    said = {
        "rtsp_transport": where.transport,
        "rtsp_flags": "filter_src",  # by udp, only what comes from the camera's own address and port is media
        "allowed_media_types": "video",
        "user_agent": "Veilward",
        "max_delay": str(REORDER_US),
        "min_port": "32768",  # the system's ephemeral ports, as media of WHIP
        "max_port": "60999",
        "analyzeduration": "1",  # what the description says is enough; looking further would delay the first pictures
        "probesize": "32",
        "timeout": str(int(options.silence_s * 1e6)),
    }
    late = session.clock.now().mono + options.connect_s
    with _told_apart(RequestRefused, lambda: Silent if session.clock.now().mono >= late else NotRtsp):
        container = av.open(where.url, format="rtsp", options=said, timeout=(options.connect_s, options.silence_s))
    if not isinstance(container, InputContainer):
        raise NoVideo("not an input")
    return container


def _decode(session: Session, container: InputContainer, losses: Losses) -> None:
    if not container.streams.video:
        raise NoVideo("no video in the description")
    stream = container.streams.video[0]
    reading = Reading(session, _decoder(stream), CODECS[stream.codec_context.name], losses)
    for packet in container.demux(stream):
        if session.stop.is_set():
            return
        reading.take(packet)
    raise ConnectionLost("the stream ended")


def _decoder(stream: av.VideoStream) -> Decoder:
    """It leaves out pictures that no other needs."""
    name = stream.codec_context.name
    if name not in CODECS:
        raise UnsupportedCodec("neither H.264 nor H.265")
    return Decoder(name, stream.codec_context.extradata, needed_only=True)


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
