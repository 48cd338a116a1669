"""A video of somebody who does not exist, and beside it the truth about what hurts when.

    python -m training.synth.video --out face.mp4 --seed 3 --seconds 180
    python -m training.synth.video --out bed.mp4 --seed 3 --seconds 180 --routine

Writes FILE (640x480, H.264 where PyAV has an encoder for it, else MPEG-4) and FILE.truth.json: a list of
{"t": seconds, "pspi": 0..16, "level": 0..3}, one entry a frame. The people are those of the demo's seeds (splits.py):
no network saw them in training. A routine (routine.py) has short pain among meals, sleep, hands and turned heads, by
day or night.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from rich.progress import track

from training.synth.face import FaceParams, Studio
from training.synth.identity import Identity
from training.synth.lens import Lens, Picture
from training.synth.light import Light
from training.synth.pose import Pose
from training.synth.routine import write_routine
from training.synth.script import Script, write_script
from training.synth.splits import seed_of

FRAMES_PER_TASK = 30
ENCODERS = {"libx264": {"crf": "24", "preset": "veryfast"}, "mpeg4": {"qscale": "4", "flags": "+qscale"}}
"""In order of preference, with their options."""
HOURS = ("day", "day", "night", "infrared")
"""Of routines."""
DAY_LENS = Lens(noise=1.6, blur_px=0.4)
SWAY_S = (11.0, 17.0, 23.0, 4.1)
"""Periods of the head's slow movements; the last is the breath's."""


@dataclass(frozen=True)
class Take:
    """All that a video shows: who, where, and what happens."""

    seed: int
    identity: Identity
    light: Light
    scene: int
    pose: Pose
    script: Script
    lens: Lens = DAY_LENS

    @classmethod
    def of(cls, number: int, seconds: float, split: str = "demo", routine: bool = False) -> Take:
        """The number-th video of a split's seeds: by day, or with routine by day, at night or in infrared."""
        seed = seed_of(split, number)
        rng = np.random.default_rng([seed, 11])
        pose = Pose(
            x=rng.uniform(0.47, 0.53), y=rng.uniform(0.4, 0.44), eyes_px=rng.uniform(82, 94),
            yaw=rng.uniform(-0.1, 0.1), pitch=rng.uniform(-0.05, 0.05), roll=rng.uniform(-0.08, 0.08),
        )  # fmt: skip
        light = replace(Light.random(rng), azimuth=rng.uniform(-0.8, 0.8), elevation=rng.uniform(0.4, 0.9))
        scene = int(rng.integers(2**31))
        who = Identity.from_seed(seed)
        if not routine:
            return cls(seed, who, light, scene, pose, write_script(seed, seconds))
        hour = str(rng.choice(HOURS))
        if hour != "day":
            light = Light.night_vision(rng) if hour == "infrared" else Light.night(rng)
        lens = DAY_LENS if hour == "day" else Lens.night(rng)
        return cls(seed, who, light, scene, pose, write_routine(seed, seconds), lens)

    def params_at(self, t: float) -> FaceParams:
        """The frame at t seconds: the script's movement, breath, a swaying head, wandering eyes, a camera's noise."""
        movement = self.script.movement_at(t)
        hurt = min(1.0, movement.au4 + movement.au10)
        phase = float(np.random.default_rng([self.seed, 12]).uniform(0, 6.28))
        sway = [float(np.sin(2 * np.pi * t / period + phase * k)) for k, period in enumerate(SWAY_S, 1)]
        pose = replace(
            self.pose,
            x=self.pose.x + 0.006 * sway[0],
            y=self.pose.y + 0.004 * sway[3] * (1 + 0.5 * hurt),
            yaw=self.pose.yaw + 0.07 * sway[1] + 0.06 * hurt + self.script.turn_at(t),
            pitch=self.pose.pitch + 0.03 * sway[2] - 0.05 * hurt,
            roll=self.pose.roll + 0.03 * sway[0] * sway[1] + 0.06 * hurt * sway[2],
        )
        glance = np.random.default_rng([self.seed, 13, int(t / 2.7)]).normal(0, (0.02, 0.007))
        lens = replace(self.lens, seed=int(t * 1000) % 2**31)
        return FaceParams(
            self.identity, movement, pose, self.light, lens, self.scene,
            gaze=(float(glance[0]), float(glance[1])), front=self.script.front_at(t),
        )  # fmt: skip


def draw_frames(take: Take, times: list[float]) -> list[Picture]:
    """The pictures at these times, each uint8 [480, 640, 3]."""
    studio = Studio(take.identity, take.light, take.scene)
    return [studio.picture(take.params_at(t)) for t in times]


def truth_of(script: Script, times: list[float]) -> list[dict[str, Any]]:
    """What the truth file holds."""
    truths = [(t, script.truth_at(t)) for t in times]
    return [{"t": round(t, 4), "pspi": units.pspi, "level": units.level} for t, units in truths]


def write_video(
    out: Path, number: int, seconds: float, fps: int = 15, processes: int = 1, routine: bool = False
) -> Script:
    """Draw and encode a video and its truth file; returns the script it follows.

    Raises:
        ValueError: seconds below 20, or fps outside 1..60.
        av.FFmpegError: the file cannot be written.
    """
    if not 1 <= fps <= 60:
        raise ValueError(f"fps must be 1..60, got {fps}")
    take = Take.of(number, seconds, routine=routine)
    times = [index / fps for index in range(round(seconds * fps))]
    with av.open(str(out), "w") as container:
        encoder = _encoder()
        stream = container.add_stream(encoder, rate=Fraction(fps), options=ENCODERS[encoder])
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for index, picture in enumerate(_pictures(take, times, processes)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    truth = out.with_name(out.name + ".truth.json")
    truth.write_text(json.dumps(truth_of(take.script, times)) + "\n")
    return take.script


def _pictures(take: Take, times: list[float], processes: int) -> Iterator[Picture]:
    tasks = [times[first : first + FRAMES_PER_TASK] for first in range(0, len(times), FRAMES_PER_TASK)]
    if processes <= 1:
        for task in tasks:
            yield from draw_frames(take, task)
        return
    with ProcessPoolExecutor(processes) as pool:
        for pictures in track(pool.map(partial(draw_frames, take), tasks), "drawing", total=len(tasks)):
            yield from pictures


def _encoder() -> str:
    return next(name for name in ENCODERS if name in av.codecs_available)


def main() -> None:
    """Read the command line and write the video."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0, help="which person and script")
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--fps", type=int, default=15)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--routine", action="store_true", help="short pain among meals, sleep, hands, turned heads")
    args = parser.parse_args()
    script = write_video(args.out, args.seed, args.seconds, args.fps, args.processes, args.routine)
    print(json.dumps({"video": str(args.out), "episodes_s": [[round(a, 1), round(b, 1)] for a, b in script.episodes]}))


if __name__ == "__main__":
    main()
