"""A video's label through the command that a user types: the face found, three servers and who asks as processes."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from skimage.data import astronaut

from localsite import classify
from localsite.video_crops import video_crops
from snni.errors import ParameterError
from snni.model.bundle import Bundle
from snni.multiparty.roles import Setting
from tests.support.networks import grey, residual
from tests.support.video_labels import sure_label

FRAMES = 6


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48x48 grey, four levels."""
    directory = tmp_path_factory.mktemp("bundle")
    grey().committed().save(directory)
    return directory


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A black picture, then a face that grows brighter."""
    path = tmp_path_factory.mktemp("video") / "face.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 512
        stream.pix_fmt, stream.bit_rate = "yuv420p", 8_000_000
        for index in range(FRAMES):
            shown = astronaut() * (0.0 if index == 0 else 0.5 + index / 10)
            frame = av.VideoFrame.from_ndarray(np.clip(shown, 0, 255).astype(np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_video_is_classified_between_two_parties(bundle: Path, video: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    files = ["--bundle", str(bundle), "--video", str(video), "--json", str(out)]
    assert classify.main([*files, "--parties", "2", "--selection", "every 2nd"]) == 0
    report = json.loads(out.read_text())
    assert report["setting"] == "two passive parties"
    assert (report["frames"], report["selected"]) == (FRAMES, 3)
    sure = sure_label(Bundle.load(bundle), video_crops(video, grey().plan, FRAMES, lambda count: None)[::2])
    assert sure is not None and report["label"] == report["reference"]["label"] == sure
    assert all(seconds >= 0 for seconds in report["seconds"].values())
    online = report["bytes"]["by_phase"]
    for party in ("client", "server"):
        sent = report["bytes"][party] - report["bytes"]["ahead"][party]
        claim = sent - sum(phase[party] for phase in online.values())  # JSON of a few dozen bytes, the client's
        assert claim == 0 if party == "server" else 0 < claim < 100
    assert report["modules"] == []  # the video's owner has neither torch nor weights


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_a_video_is_classified_and_its_cost_told(bundle: Path, video: Path, tmp_path: Path, setting: Setting) -> None:
    out = tmp_path / "out.json"
    files = ["--bundle", str(bundle), "--video", str(video), "--json", str(out)]
    which = ["--parties", str(len(setting.roles)), *(["--active"] if setting.active else [])]
    assert classify.main([*files, *which, "--selection", "every 2nd"]) == 0
    report = json.loads(out.read_text())
    assert report["setting"] == setting.value
    assert (report["frames"], report["selected"]) == (FRAMES, 3)
    crops = video_crops(video, grey().plan, FRAMES, lambda count: None)
    sure = sure_label(Bundle.load(bundle), crops[::2])
    assert sure is not None and report["label"] == report["reference"]["label"] == sure
    assert all(seconds >= 0 for seconds in report["seconds"].values())
    assert report["seconds"]["video"] == report["seconds"]["video_online"] + report["seconds"]["video_ahead"]
    assert set(report["bytes"]) == {"client", "by_phase", *(role.value for role in setting.roles)}
    assert set(report["bytes"]["by_phase"]) == {"selection", "network", "label"}
    assert report["modules"] == []  # who asks has neither torch nor weights


def test_frames_without_a_face_take_a_neighbours(video: Path) -> None:
    seen: list[int] = []
    crops = video_crops(video, grey().plan, FRAMES, seen.append)
    assert crops.shape == (FRAMES, 1, 48, 48)
    assert seen == list(range(1, FRAMES + 1))
    assert np.array_equal(crops[0], crops[1])
    assert not np.array_equal(crops[1], crops[2])


def test_what_cannot_be_classified_is_refused_in_one_line(
    bundle: Path, video: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    other = tmp_path / "notes.txt"
    other.write_text("no video")
    for source, selection, said in (
        (other, "all", "notes.txt"),
        (video, "every other", "selection"),
        (video, "9", "frames are 0 to 5"),
    ):
        files = ["--bundle", str(bundle), "--video", str(source), "--json", str(out)]
        assert classify.main([*files, "--selection", selection]) == 2
        assert said in capsys.readouterr().err
    with pytest.raises(ParameterError, match="more than 3 frames"):
        video_crops(video, grey().plan, 3, lambda count: None)
    with pytest.raises(ParameterError, match="faces are cropped to"):
        video_crops(video, residual().plan, FRAMES, lambda count: None)
    assert not out.exists()
