"""A stream's packets to the pictures that are wanted: which are decoded, and what is kept of the others: nothing.

But for what comes of parameter sets, whatever becomes of the packets that have them.
"""

from __future__ import annotations

import av

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.frames.decoder import Decoder
from services.ingest.frames.parameter_sets import Codec, ParameterSets, before_picture
from services.ingest.sources.pulling.errors import Undecodable
from services.ingest.sources.rtsp.joining import Joining
from services.ingest.sources.rtsp.losses import Losses
from services.ingest.sources.rtsp.session import Session
from services.ingest.sources.rtsp.thinning import Thinning


class Reading:
    """One stream, in the order of its packets. Of a camera that may not be processed it holds no picture."""

    def __init__(self, session: Session, decoder: Decoder, codec: Codec, losses: Losses) -> None:
        self._session, self._decoder, self._losses = session, decoder, losses
        self._codec: Codec = codec
        self._sets = ParameterSets(codec)
        self._joining, self._thinning = Joining(), Thinning(session.options.sample_period_s)
        self._seen, self._closed, self._fresh = session.clock.now().mono, False, True

    def take(self, packet: av.Packet) -> None:
        """Raises Undecodable: packets come, and no picture."""
        at = self._session.clock.now().mono
        self._sets.note(before_picture(self._codec, bytes(packet)))
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
            for picture in self._decoder.pictures(self._begun(coded)) or ():
                self._seen = at
                self._session.leave(DecodedFrame(picture, _media_s(coded), at, at))

    def _begun(self, coded: av.Packet) -> av.Packet:
        """The packet, with what the decoder must know of where it may begin."""
        if not coded.is_keyframe:
            return coded
        data = bytes(coded)
        besides = self._sets.besides(list(before_picture(self._codec, data)))
        return _like(coded, besides + data) if besides else coded

    def _withhold(self, at: float) -> None:
        self._session.withheld()
        self._joining.forget()
        if not self._fresh:
            self._decoder.forget()
        self._seen, self._closed, self._fresh = at, True, True


def _like(packet: av.Packet, data: bytes) -> av.Packet:
    """data: in place of the packet's."""
    made = av.Packet(data)
    made.pts, made.time_base, made.is_keyframe = packet.pts, packet.time_base, packet.is_keyframe
    return made


def _media_s(packet: av.Packet) -> float | None:
    """By its RTP timestamp, from the origin that libavformat took."""
    if packet.pts is None or packet.time_base is None:
        return None
    return float(packet.pts * packet.time_base)
