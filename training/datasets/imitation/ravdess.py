"""Recordings named like RAVDESS's (see training.datasets.ravdess), of drawn actors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from training.datasets.imitation.clip import write_clip
from training.datasets.imitation.subject import EMOTION_UNITS, drawn_subject
from training.datasets.ravdess import CODES

ODDITIES = ("archives", "flat", "twice", "sound", "broken", "misplaced", "songs", "impossible")
SIZE = (180, 320)
RATE, HOLD = 30, 16
"""Two pictures, each held for 16 frames: 32 frames, of which 0, 15 and 30 are taken."""
FRAMES_TAKEN = 3


def write_ravdess(
    root: Path,
    actors: Sequence[int] = (1, 8, 15),
    emotions: Collection[str] = tuple(CODES),
    oddities: Collection[str] = (),
) -> None:
    """Each actor speaks in each emotion (codes 01..08) once.

    Args:
        oddities: "archives" puts actors into Video_Speech_Actor_NN, "flat" all files into one folder; "twice" adds the
            first recording without sound, "sound" one without pictures, "broken" a video of no bytes, "misplaced" one
            of another actor, "songs" one that is sung, "impossible" a strong neutral one.

    Raises:
        ValueError: an oddity is unknown.
    """
    if not set(oddities) <= set(ODDITIES):
        raise ValueError(f"oddities are {', '.join(ODDITIES)}")
    for actor in actors:
        person = drawn_subject(100 + actor, SIZE, 80.0)
        for code in emotions:
            units = EMOTION_UNITS[CODES[code]]
            path = _folder(root, actor, oddities) / name("01", "01", code, actor)
            write_clip(path, [person.picture(units, moment) for moment in (0, 1)], HOLD, RATE)
    first = _folder(root, actors[0], oddities)
    sample = (first / name("01", "01", sorted(emotions)[0], actors[0])).read_bytes()
    more = {
        "twice": (name("02", "01", sorted(emotions)[0], actors[0]), sample),
        "sound": (name("03", "01", "03", actors[0]).replace(".mp4", ".wav"), b"RIFF"),
        "broken": (name("01", "01", "03", actors[0], repetition="02"), b""),
        "misplaced": (name("01", "01", "03", 24), sample),
        "songs": (name("01", "02", "03", actors[0]), sample),
        "impossible": (name("01", "01", "01", actors[0], intensity="02"), sample),
    }
    for oddity, (file_name, data) in more.items():
        if oddity in oddities:
            (first / file_name).write_bytes(data)


def name(modality: str, voice: str, emotion: str, actor: int, intensity: str = "01", repetition: str = "01") -> str:
    """Seven numbers and a suffix."""
    return f"{modality}-{voice}-{emotion}-{intensity}-01-{repetition}-{actor:02d}.mp4"


def _folder(root: Path, actor: int, oddities: Collection[str]) -> Path:
    if "flat" in oddities:
        return root
    if "archives" in oddities:
        return root / f"Video_Speech_Actor_{actor:02d}" / f"Actor_{actor:02d}"
    return root / f"Actor_{actor:02d}"
