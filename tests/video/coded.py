"""Pictures through a real encoder and decoder, with metadata as cameras and phones write it."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.bitstream import BitStreamFilterContext

UNITY = 0x10000
BITSTREAM_MATRIX = {"smpte170m": 5, "bt709": 1, "bt2020nc": 9}


def scene(width: int = 640, height: int = 480) -> np.ndarray:
    """uint8 [H, W, 3]: a disc in the middle; red, green and blue in three corners."""
    picture = np.full((480, 640, 3), 90, np.uint8)
    cv2.circle(picture, (320, 240), 150, (230, 190, 40), -1)
    picture[:80, :80], picture[:80, -80:], picture[-80:, :80] = (250, 20, 20), (20, 250, 20), (20, 20, 250)
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def h264(
    picture: np.ndarray, *, shape: str = "1/1", matrix: str = "smpte170m", full: bool = False, pixels: str = "yuv420p"
) -> av.VideoFrame:
    """The picture, stored as it is, with this sample aspect ratio, colour matrix and range; decoded again."""
    coder = av.CodecContext.create("libx264", "w")
    coder.height, coder.width = picture.shape[:2]
    coder.pix_fmt, coder.time_base, coder.framerate = pixels, Fraction(1, 15), Fraction(15)
    params = f"sar={shape}:colormatrix={matrix}:fullrange={'on' if full else 'off'}"
    coder.options = {"tune": "zerolatency", "crf": "4", "x264-params": params}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    frame = frame.reformat(format=pixels, dst_colorspace=BITSTREAM_MATRIX[matrix], dst_color_range=2 if full else 1)
    frame.pts, frame.time_base = 0, Fraction(1, 15)
    decoder = av.CodecContext.create("h264", "r")
    packets = [*coder.encode(frame), *coder.encode(None)]
    return [found for packet in [*packets, None] for found in decoder.decode(packet)][-1]


def write(
    path: Path,
    pictures: list[np.ndarray],
    codec: str = "libx264",
    stamps: list[int] | None = None,
    time_base: Fraction = Fraction(1, 15),
    options: dict[str, str] | None = None,
    container: str | None = None,
    pixels: str = "yuv420p",
) -> Path:
    """A video file of 15 pictures a second, or with these stamps."""
    with av.open(str(path), "w", format=container) as target:
        stream = target.add_stream(codec, rate=15)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.options = pixels, options or {}
        stream.time_base = stream.codec_context.time_base = time_base
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = stamps[number] if stamps else number, time_base
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    return path


def with_cover(path: Path, cover: np.ndarray, pictures: list[np.ndarray]) -> Path:
    """A Matroska file whose first stream is one still picture, as covers and thumbnails are."""
    with av.open(str(path), "w") as target:
        streams = [target.add_stream("mjpeg", rate=1), target.add_stream("libx264", rate=15)]
        kinds = list(zip(streams, ("yuvj420p", "yuv420p"), ([cover], pictures), strict=True))
        for stream, pixels, shown in kinds:
            stream.height, stream.width = shown[0].shape[:2]
            stream.pix_fmt = pixels
        for stream, pixels, shown in kinds:
            for number, picture in enumerate(shown):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
                frame = frame.reformat(format=pixels)
                frame.pts, frame.time_base = number, Fraction(1, 15)
                target.mux(stream.encode(frame))
            target.mux(stream.encode())
    return path


def turn(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Write a display matrix (in units) into an MP4's track header (ISO/IEC 14496-12, 8.3.2), as a phone does."""
    data = bytearray(path.read_bytes())
    header = data.index(b"tkhd")
    at = header + 4 + (52 if data[header + 4] == 1 else 40)
    matrix = (a * UNITY, b * UNITY, 0, c * UNITY, d * UNITY, 0, 0, 0, 0x40000000)
    data[at : at + 36] = b"".join(one.to_bytes(4, "big", signed=True) for one in matrix)
    path.write_bytes(bytes(data))
    return path


def oriented(pictures: list[np.ndarray], degrees: int, key_every: int = 100) -> list[av.Packet]:
    """H.264 whose first picture says how the stream is to be turned, anticlockwise (D.2.27), and no later one does."""
    coder = av.CodecContext.create("libx264", "w")
    coder.height, coder.width = pictures[0].shape[:2]
    coder.pix_fmt, coder.time_base, coder.framerate = "yuv420p", Fraction(1, 15), Fraction(15)
    coder.options = {"tune": "zerolatency", "crf": "4", "x264-params": f"keyint={key_every}:repeat-headers=1"}
    packets: list[av.Packet] = []
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 15)
        packets += coder.encode(frame)
    packets += coder.encode(None)
    with av.open(io.BytesIO(b"".join(map(bytes, packets))), format="h264") as source:
        stream = source.streams.video[0]
        added = BitStreamFilterContext(f"h264_metadata=display_orientation=insert:rotate={degrees}", stream)
        first, *others = [packet for packet in source.demux(stream) if packet.size]
        turned = added.filter(first)
    made = [*turned, *others]
    for number, packet in enumerate(made):
        packet.pts, packet.time_base = number, Fraction(1, 15)
    return made
