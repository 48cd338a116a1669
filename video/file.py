"""The pictures of a video file, one after the other, each as it is meant to be seen and at its time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av

from video.display import displayed
from video.errors import UnreadableVideo
from video.orientation import Orientation

GUESSED_FPS = 25.0
SHORTEST_S, LONGEST_S = 1e-5, 60.0
"""A picture that should stand for less, or longer, says that the stamps stand still, or jumped."""
SLACK_S = 1e-3
"""Containers round times to milliseconds."""


class FileClock:
    """Seconds since the first picture, from stamps that may be missing, stand still, or start again (joined files).

    interval_s: between two pictures, where the stamps do not say.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._stamp: float | None = None
        self._now: float | None = None

    def at(self, stamp: float | None) -> float:
        """The time of the next picture, whose stamp is `stamp` seconds; later than the one before."""
        step = self._interval_s
        if stamp is not None and self._stamp is not None and SHORTEST_S <= stamp - self._stamp <= LONGEST_S:
            step = stamp - self._stamp
        self._now = 0.0 if self._now is None else self._now + step
        self._stamp = stamp
        return self._now


def pictures(path: Path, fps: float | None = None) -> Iterator[tuple[float, av.VideoFrame]]:
    """(seconds since the first, picture) of a file's video, I420, at most `fps` a second where that is given.

    Packets that cannot be decoded are left out.

    Raises:
        UnreadableVideo: not there, no video, or not one picture in it.
    """
    due, count = 0.0, 0
    for seconds, picture in _decoded(path):
        count += 1
        if fps is None or seconds >= due - SLACK_S:
            due += 0.0 if fps is None else 1 / fps
            yield seconds, displayed(picture)
    if not count:
        raise UnreadableVideo(path, "there is no picture in it that can be decoded")


def _decoded(path: Path) -> Iterator[tuple[float, av.VideoFrame]]:
    try:
        with av.open(str(path)) as container:
            stream = container.streams.best("video")  # covers and thumbnails are streams of one picture
            if stream is None:
                raise UnreadableVideo(path, "there is no video in it")
            stream.thread_type = "AUTO"
            orientation = Orientation()
            clock = FileClock(1 / float(stream.guessed_rate or stream.average_rate or GUESSED_FPS))
            for packet in container.demux(stream):
                for picture in _pictures_of(packet):
                    yield clock.at(None if picture.pts is None else float(picture.time)), orientation.mark(picture)
    except (av.FFmpegError, OSError) as error:
        raise UnreadableVideo(path, error.strerror or type(error).__name__) from None


def _pictures_of(packet: av.Packet) -> list[av.VideoFrame]:
    try:
        return [one for one in packet.decode() if isinstance(one, av.VideoFrame)]
    except av.InvalidDataError:
        return []
