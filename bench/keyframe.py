"""Keyframe selection on a video: what the thresholds keep, what they delay, and what examining a frame costs.

    python -m bench.keyframe [--video FILE | --still] [--kbps 500] [--sample-s 1] [--period-s 5] [--out FILE]

Without --video, the demo's synthetic video is made, whose head sways; --still makes one of somebody who lies still and
only breathes, blinks and is in pain five times. The video goes through VP8 at a WebRTC bit rate first, then through
the service's own classes, one sampled frame after the other. Prints JSON. With FILE.truth.json beside the video
(a list of {"t": seconds, "level": 0..3}) it also says how long after the level changed the next crop was taken.
`scale` multiplies both thresholds of the defaults; 0 keeps every candidate that differs at all.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import math
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from bench.machine import commit, cpu_name
from faces.dc import dc_difference, dc_image
from faces.detect import Detector
from faces.turns import Habit
from localsite.cameras.synthetic_video import SECONDS, load_truth, synthetic_video, truth_file
from localsite.ranges import positive, whole
from localsite.result_file import result_file
from services.bus.messages import CameraRef, Envelope, FrameMessage
from services.keyframe.examiner import TURNS_A_LOOK, crop_of, luma_of, region_of, rgb_of
from services.keyframe.selector import Choice, Region, SelectionPolicy, Selector
from services.keyframe.view import Measures, measure
from training.synth.face import FaceParams, Studio
from training.synth.identity import Identity
from training.synth.splits import seed_of
from training.synth.units import ActionUnits, Movement
from video.display import displayed
from video.file import pictures

SCALES = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 4.0)
LASTS_S = 5.0
"""Pain expressions last 5 to 15 s (SecFePAS); what passes sooner may fall between two periodic keyframes."""
STILL_S, STILL_FPS = 160, 10
SENT_FPS = 15
PAINS = (
    (22, 30, ActionUnits(au4=2, au9=1)),
    (48, 56, ActionUnits(au4=1, au7=1)),
    (71, 81, ActionUnits(au4=3, au6=3, au10=2)),
    (106, 116, ActionUnits(au4=1)),
    (139, 154, ActionUnits(au4=2, au7=3, au9=3, au43=1)),
)
"""(start, end, what the face does) in seconds of the still video; levels 3, 2, 3, 1, 3."""
REF = CameraRef(site="bench", ward="bench", room="bench", camera="bench")


@dataclass(frozen=True)
class Sample:
    """A sampled frame: at seconds of the video; region: its largest face's, None without one."""

    at: float
    measures: Measures
    region: Region | None


def through_vp8(video: Path, kbps: int) -> Iterator[tuple[float, np.ndarray]]:
    """(seconds, I420 uint8 [H * 3 / 2, W]) of every frame, long side at most 640, after VP8 as sent live."""
    coded = io.BytesIO()
    with av.open(coded, "w", format="webm") as sink:
        stream = sink.add_stream("libvpx", rate=SENT_FPS)
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        stream.pix_fmt, stream.bit_rate = "yuv420p", kbps * 1000
        stream.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "error-resilient": "1"}
        stream.codec_context.thread_count = 1
        for number, (seconds, picture) in enumerate(pictures(video)):
            frame = displayed(picture, 640)
            if number == 0:
                stream.width, stream.height = frame.width, frame.height
            frame.pts, frame.time_base = round(seconds * 1000), Fraction(1, 1000)
            sink.mux(stream.encode(frame.reformat(stream.width, stream.height)))
        sink.mux(stream.encode(None))
    coded.seek(0)
    with av.open(coded) as live:
        for frame in live.decode(video=0):
            yield float(frame.time or 0.0), frame.to_ndarray()


def still_video(path: Path) -> None:
    """Somebody lying still for STILL_S seconds, as a video with its truth beside it."""
    who = FaceParams.random(Identity.from_seed(seed_of("demo", 1)), ActionUnits(), 1)
    studio, truth = Studio(who.identity, who.light, who.scene), []
    with av.open(str(path), "w") as sink:
        stream = sink.add_stream("mpeg4", rate=STILL_FPS, options={"qscale": "2", "flags": "+qscale"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for index in range(STILL_S * STILL_FPS):
            t = index / STILL_FPS
            pain = next((units for start, end, units in PAINS if start <= t < end), ActionUnits())
            movement = replace(Movement.of(pain), blink=float(t % 4 < 0.2))
            pose = replace(who.pose, y=who.pose.y + 0.0015 * math.sin(1.6 * t))
            params = replace(who, movement=movement, pose=pose, lens=replace(who.lens, seed=index))
            sink.mux(stream.encode(av.VideoFrame.from_ndarray(studio.picture(params), format="rgb24")))
            truth.append({"t": t, "pspi": pain.pspi, "level": pain.level})
        sink.mux(stream.encode(None))
    truth_file(path).write_text(json.dumps(truth))


def message(at: float, i420: np.ndarray) -> FrameMessage:
    moment = datetime.fromtimestamp(at, UTC)
    envelope = Envelope(camera=REF, sequence=0, producer="0" * 32, captured_at=moment, published_at=moment)
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    return FrameMessage(envelope=envelope, width=width, height=height, data=i420.tobytes())


def examine(video: Path, kbps: int, sample_s: float) -> tuple[list[Sample], list[float], list[float]]:
    """The sampled frames, and this thread's seconds of CPU for measuring and for looking at each."""
    detector, habit, samples, due = Detector(), Habit(), [], 0.0
    measuring: list[float] = []
    looking: list[float] = []
    for at, i420 in through_vp8(video, kbps):
        if at < due:
            continue
        due += sample_s
        frame = message(at, i420)
        started = time.thread_time()
        measures = measure(dc_image(luma_of(frame)))
        measured = time.thread_time()
        rgb = rgb_of(frame)
        best = detector.look(rgb, habit, TURNS_A_LOOK).best
        if best is not None:
            crop_of(rgb, best, "224x224x3")
        looking.append(time.thread_time() - measured)
        measuring.append(measured - started)
        samples.append(Sample(at, measures, None if best is None else region_of(best)))
    return samples, measuring, looking


def select(samples: Sequence[Sample], policy: SelectionPolicy) -> tuple[Counter[str], list[float]]:
    """How often each choice was made, and when crops were taken."""
    selector, choices, crops = Selector(policy), Counter[str](), []
    for sample in samples:
        selection = selector.observe(sample.at, sample.measures.dc)
        choices[selection.choice.value] += 1
        if selection.kept:
            selector.record_outcome(delivered=sample.region is not None, region=sample.region)
            if sample.region is not None:
                crops.append(sample.at)
    return choices, crops


def delays(levels: list[tuple[float, int]], crops: list[float]) -> list[float | None]:
    """For each new level that lasts LASTS_S or longer: seconds until the next crop, None when none came in time."""
    changes = [(t, after) for (_, before), (t, after) in itertools.pairwise(levels) if before != after]
    ends = [t for t, _ in changes[1:]] + [levels[-1][0]]
    found: list[float | None] = []
    for (start, _), end in zip(changes, ends, strict=True):
        if end - start >= LASTS_S:
            crop = next((at for at in crops if start <= at < end), None)
            found.append(None if crop is None else round(crop - start, 2))
    return found


def differences(samples: Sequence[Sample], gap: int, levels: list[tuple[float, int]]) -> dict[str, Any]:
    """Differences of samples `gap` apart, of the whole picture and of the face, apart for equal and other levels."""

    def level(at: float) -> int:
        return next((value for t, value in reversed(levels) if t <= at), 0)

    found: dict[str, list[float]] = {}
    for before, after in zip(samples, samples[gap:], strict=False):
        if before.region is None or after.region is None:
            continue
        kind = "same_level" if level(before.at) == level(after.at) else "other_level"
        a, b, face = before.measures.dc, after.measures.dc, before.region
        found.setdefault(f"scene_{kind}", []).append(dc_difference(a, b))
        found.setdefault(f"face_{kind}", []).append(dc_difference(face.of(a), face.of(b)))
    return {name: spread(values) for name, values in sorted(found.items())}


def spread(values: Sequence[float]) -> dict[str, float]:
    """Nearest-rank percentiles."""
    ordered = sorted(values)
    if not ordered:
        return {}
    marks = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
    found = {name: round(ordered[min(len(ordered) - 1, int(mark * len(ordered)))], 4) for name, mark in marks.items()}
    return found | {"n": len(ordered)}


def sweep(samples: Sequence[Sample], policy: SelectionPolicy, levels: list[tuple[float, int]]) -> list[dict[str, Any]]:
    """One row per scale of the thresholds."""
    rows = []
    for scale in SCALES:
        scaled = replace(
            policy, scene_threshold=policy.scene_threshold * scale, face_threshold=policy.face_threshold * scale
        )
        choices, crops = select(samples, scaled)
        row: dict[str, Any] = {"scale": scale, "crops": len(crops)}
        row |= {choice.value: choices[choice.value] for choice in Choice}
        if levels:
            waited = delays(levels, crops)
            row |= {"level_changes": len(waited), "changes_unseen": sum(one is None for one in waited)}
            known = [one for one in waited if one is not None]
            row["delay_s_mean"] = round(statistics.fmean(known), 2) if known else None
        rows.append(row)
    return rows


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 2 when there is no such video."""
    parser = argparse.ArgumentParser(prog="./run bench keyframe", description=__doc__.split("\n")[0] if __doc__ else "")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--video", type=Path)
    which.add_argument("--still", action="store_true")
    parser.add_argument("--kbps", type=whole(1), default=500)
    parser.add_argument("--sample-s", type=positive, default=1.0)
    parser.add_argument("--period-s", type=positive, default=5.0)
    parser.add_argument("--max-silence-s", type=positive, default=30.0)
    parser.add_argument("--out", type=result_file)
    options = parser.parse_args(argv)
    if options.video is not None and not options.video.is_file():
        print(f"bench.keyframe: {options.video}: no such file", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as directory:
        video = options.video or (Path(directory) / "still.mp4" if options.still else synthetic_video(SECONDS))
        if options.still:
            still_video(video)
        text = json.dumps(report(video, options), indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")
    return 0


def report(video: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Everything measured on one video."""
    levels = [(float(entry["t"]), int(entry["level"])) for entry in load_truth(video) or []]
    samples, measuring, looking = examine(video, options.kbps, options.sample_s)
    policy = SelectionPolicy(period_s=options.period_s, max_silence_s=options.max_silence_s)
    return {
        "bench": "keyframe",
        "commit": commit(),
        "cpu": cpu_name(),
        "threads": 1,
        "video": video.name,
        "kbps": options.kbps,
        "policy": {name: getattr(policy, name) for name in SelectionPolicy.__dataclass_fields__},
        "frames": len(samples),
        "frames_with_face": sum(one.region is not None for one in samples),
        "measure_cpu_s": spread(measuring),
        "look_cpu_s": spread(looking),
        "edges": spread([one.measures.edges for one in samples]),
        "luma": spread([one.measures.luma for one in samples]),
        "differences_next": differences(samples, 1, levels),
        "differences_period": differences(samples, max(1, round(options.period_s / options.sample_s)), levels),
        "thresholds": sweep(samples, policy, levels),
    }


if __name__ == "__main__":
    sys.exit(main())
