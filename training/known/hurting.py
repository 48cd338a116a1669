"""A short video of a drawn face that hurts from its first picture to its last: what the probe shows in a test room.

    python -m training.known.hurting --out services/probe/clip.mp4

The camera has no noise of its own, so that the file stays small, and the video is as long as the slowest movement of
its head that matters, so that it can be played again and again. The person is of the demo's seeds: nobody, and of no
training.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av

from training.synth.event import Event
from training.synth.lens import Lens
from training.synth.script import Script
from training.synth.units import ActionUnits, Movement
from training.synth.video import Take, draw_frames, truth_of

PERSON = 4
SECONDS = 11.0
FPS = 10
HURTS = ActionUnits(au4=5, au6=5, au7=4, au9=4, au10=4, au43=1, jaw=0.2, stretch=0.3)
"""PSPI 15 of 16."""


def hurting_take(person: int = PERSON, seconds: float = SECONDS) -> Take:
    """What the video shows: PSPI at its apex throughout, swelling a little."""
    long = Event(-10.0, 1.0, seconds + 20.0, 1.0, Movement.of(HURTS), flutter=0.1)
    script = Script((long,), (), ((0.0, seconds),))
    return replace(Take.of(person, 20.0), script=script, lens=Lens(noise=0.0, blur_px=0.4))


def encode(out: Path, take: Take, times: Sequence[float]) -> None:
    """Draw the pictures at these times, and encode them as H.264. Raises av.FFmpegError."""
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS), options={"crf": "24", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for index, picture in enumerate(draw_frames(take, list(times))):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def main() -> None:
    """Read the command line and write the video."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    take, times = hurting_take(), [index / FPS for index in range(round(SECONDS * FPS))]
    encode(args.out, take, times)
    levels = [entry["level"] for entry in truth_of(take.script, times)]
    print(json.dumps({"video": str(args.out), "bytes": args.out.stat().st_size, "level_least": min(levels)}))


if __name__ == "__main__":
    main()
