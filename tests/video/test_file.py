"""Video files as people have them: every picture, in order, at its time; or a word why not."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.video.coded import scene, with_cover, write
from video.errors import UnreadableVideo
from video.file import LONGEST_S, FileClock, pictures

MOVING = [np.roll(scene(), 8 * number, axis=1) for number in range(45)]


def times(path: Path, fps: float | None = None) -> list[float]:
    """Of every picture."""
    return [seconds for seconds, _ in pictures(path, fps)]


def check(found: list[float], count: int, interval: float) -> None:
    """That many pictures, so far apart, from 0."""
    assert len(found) == count
    assert found[0] == 0.0
    assert max(abs(later - earlier - interval) for earlier, later in pairwise(found)) < 2e-3


@pytest.mark.parametrize(
    ("name", "codec", "options", "container"),
    [
        ("plain.mp4", "libx264", {}, None),
        ("raw.h264", "libx264", {}, "h264"),
        ("raw-b.h264", "libx264", {"bf": "3"}, "h264"),
        ("b.avi", "mpeg4", {"bf": "2"}, None),
        ("stream.ts", "libx264", {}, None),
        ("milliseconds.webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}, None),
    ],
)
def test_every_picture_at_its_time(
    tmp_path: Path, name: str, codec: str, options: dict[str, str], container: str | None
) -> None:
    path = write(tmp_path / name, MOVING, codec, options=options, container=container)
    check(times(path), 45, 1 / 15)
    check(times(path, 15), 45, 1 / 15)


def test_a_stream_without_any_time_has_the_usual_rate(tmp_path: Path) -> None:
    check(times(write(tmp_path / "m.mjpeg", MOVING, "mjpeg", container="mjpeg", pixels="yuvj420p")), 45, 1 / 25)


def test_a_cover_before_the_video_is_not_taken_for_it(tmp_path: Path) -> None:
    check(times(with_cover(tmp_path / "film.mkv", scene(64, 48), MOVING)), 45, 1 / 15)


def test_two_files_put_together_are_played_through(tmp_path: Path) -> None:
    parts = [write(tmp_path / f"{number}.ts", MOVING).read_bytes() for number in range(2)]
    (tmp_path / "both.ts").write_bytes(b"".join(parts))
    check(times(tmp_path / "both.ts", 15), 90, 1 / 15)


def test_a_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    stamps = [0, *accumulate([3, 9, 30, 3, 60, 3, 3, 100, 20, 3] * 4)]
    path = write(tmp_path / "v.mkv", MOVING[: len(stamps)], stamps=stamps, time_base=Fraction(1, 300))
    assert times(path) == pytest.approx([stamp / 300 for stamp in stamps], abs=2e-3)


@pytest.mark.parametrize("cut", [100, 1000, 3000])
def test_a_file_that_was_cut_off_plays_what_is_there(tmp_path: Path, cut: int) -> None:
    whole = write(tmp_path / "t.ts", MOVING).read_bytes()
    (tmp_path / "cut.ts").write_bytes(whole[:-cut])
    found = times(tmp_path / "cut.ts")
    assert len(found) > 20
    assert found == sorted(found) and found[-1] < 3.0


def test_damage_in_the_middle_costs_pictures_and_no_more(tmp_path: Path) -> None:
    path = write(tmp_path / "t.avi", MOVING, "mjpeg", pixels="yuvj420p")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(300)
    path.write_bytes(bytes(data))
    found = times(path)
    assert 40 <= len(found) <= 45
    assert found[-1] == pytest.approx(44 / 15, abs=0.1)


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 100])
def test_what_is_no_video_is_refused_with_a_word(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.mp4").write_bytes(content)
    with pytest.raises(UnreadableVideo, match=r"x\.mp4: ."):
        times(tmp_path / "x.mp4")


def test_what_is_not_there_and_what_has_only_sound(tmp_path: Path) -> None:
    import av

    with pytest.raises(UnreadableVideo, match="No such file"):
        times(tmp_path / "none.mp4")
    with av.open(str(tmp_path / "sound.wav"), "w") as target:
        stream = target.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        target.mux(stream.encode(frame))
        target.mux(stream.encode())
    with pytest.raises(UnreadableVideo, match="no video"):
        times(tmp_path / "sound.wav")


@given(st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=100), st.floats(1e-3, 1.0))
def test_time_always_goes_on(stamps: list[float | None], interval: float) -> None:
    clock = FileClock(interval)
    found = [clock.at(stamp) for stamp in stamps]
    assert found[0] == 0.0
    assert all(0.0 < later - earlier <= LONGEST_S + 1e-6 for earlier, later in pairwise(found))
