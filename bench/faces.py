"""Detectors of faces compared: what each finds, and how upright, by the face's roll and size, and what it costs.

    python -m bench.faces [--people 12] [--step 15] [--boxes 30 42 60 100] [--only NAME ...] [--json FILE]

Faces are drawn people of the split "test" and the photograph of an astronaut (scikit-image, public domain), turned
about the point between their eyes in a picture of 640x480 and scaled until MTCNN's box would have that side. `upright`
is the share found with a roll at most 25 degrees off, `askew` the share found with another. Pictures of things
(scikit-image's) say how often there is a face where there is none. One thread; seconds are its CPU time. YuNet is
measured where the package yuface is installed (BSD; it holds libfacedetection, and is not otherwise needed).
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
import skimage.data

from bench.machine import commit, cpu_name
from faces.blazeface import BlazeFace
from faces.detect import Detector
from faces.errors import DetectionError
from faces.face import Face
from faces.image import Picture
from faces.mtcnn import Mtcnn
from faces.turns import Habit
from localsite.ranges import whole
from localsite.result_file import result_file
from training.synth.face import FaceParams, render
from training.synth.identity import Identity
from training.synth.pose import Pose
from training.synth.splits import seed_of
from training.synth.units import ActionUnits, Movement

Find = Callable[[Picture], Sequence[Face]]
MOST_OFF = 25.0
BOX_OVER_EYES = 2.15
"""Side of MTCNN's box over the distance between the eyes, of a face seen from the front."""
FIRST_PERSON = 5000
PHOTOGRAPHS: Any = skimage.data
GRIMACE = ActionUnits(au4=3, au6=3, au10=2)
THINGS = ("brick", "cell", "chelsea", "clock", "coffee", "coins", "grass", "gravel", "horse", "moon", "page", "rocket")


@dataclass(frozen=True)
class Portrait:
    """A picture, the two eyes in it (float [2, 2]) and whose it is."""

    rgb: Picture
    eyes: np.ndarray
    kind: str


def yunet() -> Find:
    """YuNet as the package yuface has it: five points, unsigned, in BGR."""
    detect = import_module("yuface").detect

    def find(rgb: Picture) -> list[Face]:
        confidences, boxes, points = detect(np.ascontiguousarray(rgb[..., ::-1]), 0.6)
        signed = [np.asarray(one, np.uint16).view(np.int16).astype(np.float32) for one in (boxes, points)]
        found = [
            Face(tuple(box.tolist()), place.reshape(5, 2), float(sure) / 100)
            for box, place, sure in zip(*signed, confidences, strict=True)
        ]
        return sorted(found, key=lambda face: face.area, reverse=True)

    return find


def detectors(smallest_px: int) -> dict[str, Find]:
    """By name. `room` is the one that keyframe uses, with every turn tried; `room_learnt` knows the face's turn."""
    room, habit = Detector(min_face_px=smallest_px), Habit()
    found: dict[str, Find] = {
        "mtcnn": Mtcnn(min_face_px=smallest_px).detect,
        "blazeface": BlazeFace().find,
        "room": room.detect,
        "room_learnt": lambda rgb: room.look(rgb, habit).faces,
    }
    return found | ({"yunet": yunet()} if find_spec("yuface") else {})


def portraits(people: int) -> Iterator[Portrait]:
    """Drawn ones, half of them in pain, and the photograph."""
    for number in range(people):
        who = Identity.from_seed(seed_of("test", FIRST_PERSON + number))
        movement = Movement.of(GRIMACE if number % 2 else ActionUnits())
        drawn = render(FaceParams(who, movement, Pose(eyes_px=96)))
        yield Portrait(drawn, np.array([(272, 216), (368, 216)], float), "drawn")
    yield Portrait(PHOTOGRAPHS.astronaut(), np.array([(204, 102), (249, 104)], float), "photograph")


def turned(one: Portrait, degrees: float, box_px: float) -> Picture:
    """640x480, the face in the middle, turned clockwise."""
    middle, scale = one.eyes.mean(axis=0), box_px / BOX_OVER_EYES / math.dist(*one.eyes)
    size = (640, 480)
    matrix = cv2.getRotationMatrix2D(tuple(middle), -degrees, scale)
    matrix[:, 2] += np.array(size) / 2 - middle
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture: Picture = cv2.warpAffine(one.rgb, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return picture


def timed(find: Find, rgb: Picture) -> tuple[Sequence[Face], float]:
    """What is found, and this thread's seconds."""
    started = time.thread_time()
    try:
        found = find(rgb)
    except DetectionError:
        found = []
    return found, time.thread_time() - started


def verdict(found: Sequence[Face], one: Portrait, degrees: float, box_px: float) -> str:
    """upright, askew, missed, or elsewhere: of the largest face found."""
    if not found:
        return "missed"
    if math.dist(found[0].between, (320, 240)) > box_px / BOX_OVER_EYES:
        return "elsewhere"
    across = one.eyes[1] - one.eyes[0]
    roll = degrees + math.degrees(math.atan2(across[1], across[0]))
    return "upright" if abs((found[0].roll - roll + 180) % 360 - 180) <= MOST_OFF else "askew"


def measure(name: str, find: Find, sitters: Sequence[Portrait], box_px: float, step: int) -> list[dict[str, Any]]:
    """A row for each kind of portrait."""
    rows = []
    for kind in dict.fromkeys(one.kind for one in sitters):
        seconds: list[float] = []
        by_roll: dict[str, dict[str, int]] = {}
        for degrees in range(0, 360, step):
            counts = by_roll.setdefault(str(degrees), dict.fromkeys(("upright", "askew", "elsewhere", "missed"), 0))
            for one in (one for one in sitters if one.kind == kind):
                picture = turned(one, degrees, box_px)
                if name == "room_learnt":
                    for _ in range(4):  # as many faces as change a camera's habit
                        find(picture)
                found, took = timed(find, picture)
                seconds.append(took)
                counts[verdict(found, one, degrees, box_px)] += 1
        total = sum(sum(counts.values()) for counts in by_roll.values())
        shares = {
            what: round(sum(counts[what] for counts in by_roll.values()) / total, 4)
            for what in ("upright", "askew", "elsewhere", "missed")
        }
        cost = {"cpu_ms_median": 1e3 * statistics.median(seconds), "cpu_ms_mean": 1e3 * statistics.fmean(seconds)}
        rows.append(
            {"detector": name, "faces": kind, "box_px": box_px, "n": total}
            | shares
            | {what: round(value, 2) for what, value in cost.items()}
            | {"by_roll": by_roll}
        )
    return rows


def things(name: str, find: Find) -> dict[str, Any]:
    """How many pictures of things, upright and turned by quarters, show a face to a detector."""
    seen, seconds = [], []
    for thing in THINGS:
        grey_or_rgb = getattr(PHOTOGRAPHS, thing)()
        rgb = np.dstack([grey_or_rgb] * 3) if grey_or_rgb.ndim == 2 else grey_or_rgb[..., :3]
        picture = cv2.resize(np.ascontiguousarray(rgb.astype(np.uint8) * (255 if rgb.dtype == bool else 1)), (640, 480))
        for turn in range(4):
            found, took = timed(find, np.ascontiguousarray(np.rot90(picture, turn)))
            seconds.append(took)
            if found:
                seen.append(f"{thing}:{90 * turn}")
    cost = {"cpu_ms_median": round(1e3 * statistics.median(seconds), 2)}
    return {"detector": name, "pictures": len(seconds), "with_a_face": seen} | cost


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 2 where there is no such detector."""
    parser = argparse.ArgumentParser(prog="./run bench faces", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--people", type=whole(1), default=12, help="drawn ones")
    parser.add_argument("--step", type=whole(1), default=15, help="degrees between two rolls")
    parser.add_argument(
        "--boxes", type=int, nargs="+", default=[30, 42, 60, 100], help="sides of the face's box, pixels"
    )
    parser.add_argument("--only", nargs="+", default=[], help="detectors by name; all of them unless given")
    parser.add_argument("--json", type=result_file, help="where the result goes, beside standard output")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    sitters = list(portraits(options.people))
    known = detectors(min(24, *options.boxes))
    if unknown := sorted(set(options.only) - set(known)):
        parser.error(f"no such detector: {', '.join(unknown)}; there are {', '.join(known)}")
    known = {name: find for name, find in known.items() if name in options.only or not options.only}
    rows = [
        row
        for name, find in known.items()
        for box_px in options.boxes
        for row in measure(name, find, sitters, box_px, options.step)
    ]
    result = {
        "bench": "faces", "commit": commit(), "cpu": cpu_name(), "threads": 1, "people": options.people,
        "most_off_degrees": MOST_OFF, "faces": rows, "things": [things(name, find) for name, find in known.items()],
    }  # fmt: skip
    text = json.dumps(result, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
