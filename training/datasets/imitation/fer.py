"""Tables and folders like FER2013's and FER+'s (see training.datasets.fer2013, ferplus), of drawn faces."""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from faces.image import Picture
from training.datasets.fer2013 import ORDERS, PUBLISHED_ORDER
from training.datasets.ferplus import COLUMNS, VOTED
from training.datasets.imitation.subject import EMOTION_UNITS, drawn_subject

USES = ("Training", "Training", "PublicTest", "PrivateTest")
FOLDER_NAMES = {"Training": "train", "PublicTest": "test", "PrivateTest": "test"}
SETS = {"Training": "FER2013Train", "PublicTest": "FER2013Valid", "PrivateTest": "FER2013Test"}
PEOPLE = 4


@dataclass(frozen=True)
class DrawnRow:
    """emotion: by name. picture: uint8 [48, 48]."""

    emotion: str
    use: str
    picture: Picture


def rows(count: int = 28) -> list[DrawnRow]:
    """Emotions and uses in turn; every row another picture."""
    names = ORDERS[PUBLISHED_ORDER]
    found = []
    for number in range(count):
        emotion = names[number % len(names)]
        found.append(
            DrawnRow(emotion, USES[number // len(names) % len(USES)], face48(emotion, number % PEOPLE, number))
        )
    return found


@lru_cache(maxsize=256)
def face48(emotion: str, person: int, moment: int) -> Picture:
    """A face that nearly fills its picture, as in FER2013: uint8 [48, 48]."""
    picture = drawn_subject(200 + person, (192, 192), 250.0).picture(EMOTION_UNITS[emotion], moment)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small: Picture = cv2.resize(grey, (48, 48), interpolation=cv2.INTER_AREA)
    return small


def write_fer2013(
    root: Path, found: list[DrawnRow], order: str = PUBLISHED_ORDER, oddities: Collection[str] = ()
) -> None:
    """fer2013.csv. Oddities: "renamed" (icml_face_data.csv, other columns' order and blanks), "no-usage", "short"
    (a row with too few pixels more), "no-emotion" (a row without one more), "leak" (the first row of the test again in
    training)."""
    root.mkdir(parents=True, exist_ok=True)
    lines = [(str(ORDERS[order].index(row.emotion)), _pixels(row.picture), row.use) for row in found]
    if "short" in oddities:
        lines.append(("3", "1 2 3", "Training"))
    if "no-emotion" in oddities:
        lines.append(("7", _pixels(found[0].picture), "Training"))
    if "leak" in oddities:
        leaked = next(line for line in lines if line[2] == "PrivateTest")
        lines.append((leaked[0], leaked[1], "Training"))
    renamed = "renamed" in oddities
    with (root / ("icml_face_data.csv" if renamed else "fer2013.csv")).open("w", newline="") as file:
        writer = csv.writer(file)
        if renamed:
            writer.writerow(["emotion", " Usage", " pixels"])
            writer.writerows([emotion, use, pixels] for emotion, pixels, use in lines)
        elif "no-usage" in oddities:
            writer.writerow(["emotion", "pixels"])
            writer.writerows(line[:2] for line in lines)
        else:
            writer.writerow(["emotion", "pixels", "Usage"])
            writer.writerows(lines)


def write_fer2013_folders(root: Path, found: list[DrawnRow]) -> None:
    """train/happy/Training_3.png and so on."""
    for number, row in enumerate(found):
        path = root / FOLDER_NAMES[row.use] / row.emotion / f"{row.use}_{number}.png"
        _write_picture(path, row.picture)


def votes_for(emotion: str, agreeing: int = 7) -> list[int]:
    """Ten votes: `agreeing` for the emotion, one slip, the rest for the next one."""
    counts = [0] * len(VOTED)
    place = VOTED.index(emotion)
    counts[place] = agreeing
    counts[(place + 1) % 8] += 10 - agreeing - 1
    counts[(place + 2) % 8] += 1
    return counts


def write_ferplus(root: Path, found: list[DrawnRow], oddities: Collection[str] = ()) -> None:
    """fer2013.csv and fer2013new.csv. Oddities: "no-face" (row 0 has ten votes for it, and no name), "split" (row 1
    five votes to four), "longer" (a row too many)."""
    write_fer2013(root, found)
    with (root / "fer2013new.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Usage", "Image name", *COLUMNS[:-1], "NF"])
        for number, row in enumerate(found):
            writer.writerow([row.use, *_voted(number, row, oddities)])
        if "longer" in oddities:
            writer.writerow([found[0].use, *_voted(len(found), found[0], ())])


def write_ferplus_folders(root: Path, found: list[DrawnRow], oddities: Collection[str] = ()) -> None:
    """data/FER2013Train/label.csv and its pictures, and so on. Oddities: as write_ferplus, and "unlisted"."""
    for use, folder in SETS.items():
        place = root / "data" / folder
        place.mkdir(parents=True, exist_ok=True)
        with (place / "label.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            for number, row in enumerate(found):
                if row.use != use:
                    continue
                _, *votes = _voted(number, row, oddities)
                _write_picture(place / f"fer{number:07d}.png", row.picture)
                writer.writerow([f"fer{number:07d}.png", "(0, 0, 48, 48)", *votes])
    if "unlisted" in oddities:
        _write_picture(root / "data" / SETS["Training"] / "fer9999999.png", found[0].picture)


def _voted(number: int, row: DrawnRow, oddities: Collection[str]) -> list[object]:
    if number == 0 and "no-face" in oddities:
        return ["", *[0] * 9, 10]
    agreeing = 5 if number == 1 and "split" in oddities else 7
    votes = votes_for(row.emotion, agreeing)
    if agreeing == 5:
        votes[VOTED.index(row.emotion)] -= 1
        votes[8] += 1
    return [f"fer{number:07d}.png", *votes]


def _pixels(picture: Picture) -> str:
    return " ".join(str(value) for value in np.asarray(picture).reshape(-1).tolist())


def _write_picture(path: Path, picture: Picture) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    there, data = cv2.imencode(".png", picture)
    if not there:
        raise ValueError("no encoder for .png")
    path.write_bytes(data.tobytes())
