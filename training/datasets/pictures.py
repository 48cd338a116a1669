"""Samples to pictures: files, frames of videos, rows of pixels in a CSV. One picture is in memory at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np

from faces.image import Picture
from training.datasets.errors import PictureError
from training.datasets.manifest import Sample
from training.datasets.table import UNREADABLE, records
from training.datasets.tree import VIDEOS
from video.display import displayed
from video.errors import UndisplayablePicture
from video.orientation import Orientation

BLACK = 10.0
"""A mean below it is a black frame, 0..255: what UNBC-McMaster's loaders skip."""
CSV_SIDE_PX = 48
MAX_SIDE_PX = 8192

Decoded = tuple[Sample, Picture | PictureError]


def decoded(root: Path, samples: Sequence[Sample]) -> Iterator[Decoded]:
    """Each sample with its picture, uint8 [H, W, 3] RGB, or why there is none. Ordered by path and frame.

    A video or CSV is read once, however many of its frames are wanted.
    """
    ordered = sorted(samples, key=lambda sample: (sample.path, sample.frame))
    for path, group in itertools.groupby(ordered, key=lambda sample: sample.path):
        suffix = Path(path).suffix.lower()
        if suffix in VIDEOS:
            yield from _video(root / path, group)
        elif suffix == ".csv":
            yield from _rows(root / path, group)
        else:
            for sample in group:
                yield sample, _outcome(root / path, path)


def is_black(picture: Picture) -> bool:
    """Whether hardly any light is in it."""
    return float(picture.mean()) < BLACK


def read_picture(path: Path, name: str) -> Picture:
    """uint8 [H, W, 3] RGB. Raises PictureError: not there, empty, no picture, or larger than MAX_SIDE_PX."""
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise PictureError(name, error.strerror or "cannot be read") from None
    if not data.size:
        raise PictureError(name, "is empty")
    try:
        bgr = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:
        bgr = None
    if bgr is None:
        raise PictureError(name, "is no picture that can be decoded")
    if max(bgr.shape) > MAX_SIDE_PX:
        raise PictureError(name, f"is larger than {MAX_SIDE_PX} pixels")
    rgb: Picture = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    return rgb


def frames_in(path: Path) -> int:
    """How many frames a video says that it has. Raises PictureError: it cannot be opened, or has none."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            count = int(stream.frames or (stream.duration or 0) * stream.time_base * (stream.average_rate or 0))
            count = count or sum(packet.size > 0 for packet in container.demux(stream))  # raw streams say nothing
    except (av.FFmpegError, OSError, IndexError):
        count = 0
    if count < 1:
        raise PictureError(path.name, "is no video that can be decoded")
    return count


def pixels_of(text: str) -> Picture:
    """uint8 [48, 48, 3] of 2304 numbers 0..255, parted by blanks, or by commas as a list's in Python.

    Raises:
        ValueError: another count, or something else than those.
    """
    words = text.strip("[] ").replace(",", " ").split()
    if len(words) != CSV_SIDE_PX**2:
        raise ValueError(f"{len(words)} pixels, not {CSV_SIDE_PX**2}")
    values = np.array(words, np.int64)
    if values.min() < 0 or values.max() > 255:
        raise ValueError("a pixel is outside 0..255")
    grey = values.astype(np.uint8).reshape(CSV_SIDE_PX, CSV_SIDE_PX)
    return np.repeat(grey[..., None], 3, axis=2)


def _outcome(path: Path, name: str) -> Picture | PictureError:
    try:
        return read_picture(path, name)
    except PictureError as error:
        return error


def _video(path: Path, group: Iterable[Sample]) -> Iterator[Decoded]:
    """Frames in order; what does not come before the end, or an error, is not there."""
    wanted = list(group)
    try:
        orientation = Orientation()
        with av.open(str(path)) as container:
            for number, frame in enumerate(map(orientation.mark, container.decode(video=0))):
                while wanted and wanted[0].frame == number:
                    yield wanted.pop(0), displayed(frame, pixels="rgb24").to_ndarray()
                if not wanted:
                    return
    except (av.FFmpegError, OSError, IndexError, UndisplayablePicture):
        pass  # told for each frame below
    for sample in wanted:
        yield sample, PictureError(sample.path, f"has no frame {sample.frame} that can be decoded")


def _rows(path: Path, group: Iterable[Sample]) -> Iterator[Decoded]:
    """Rows of a CSV with a column of pixels, frame being the row counted from 0."""
    members = list(group)
    done = 0
    try:
        rows = records(path)
        row, number = next(rows, None), 0
        for sample in members:
            while number < sample.frame and row is not None:
                row, number = next(rows, None), number + 1
            done += 1
            yield sample, _pixels(sample, row)
    except UNREADABLE as error:
        for sample in members[done:]:
            yield sample, PictureError(sample.path, f"cannot be read: {error}")


def _pixels(sample: Sample, row: dict[str, str] | None) -> Picture | PictureError:
    try:
        return pixels_of((row or {}).get("pixels") or "")
    except ValueError as error:
        return PictureError(sample.path, f"row {sample.frame}: {error}")
