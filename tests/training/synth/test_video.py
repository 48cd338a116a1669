"""The demonstration's video can be decoded, and its truth file matches it frame by frame."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

from training.synth.splits import DEMO, SPLITS
from training.synth.video import Take, draw_frames, write_video


def test_a_video_and_its_truth(tmp_path: Path) -> None:
    out = tmp_path / "face.mp4"
    script = write_video(out, 0, 20, fps=2)
    with av.open(str(out)) as container:
        frames = list(container.decode(container.streams.video[0]))
    truth = json.loads((tmp_path / "face.mp4.truth.json").read_text())
    assert len(frames) == len(truth) == 40
    assert (frames[0].width, frames[0].height) == (640, 480)
    for frame, entry in zip(frames, truth, strict=True):
        assert frame.time == pytest.approx(entry["t"], abs=0.01)
        assert entry["pspi"] == script.truth_at(entry["t"]).pspi
        assert entry["level"] == min(entry["pspi"], 3)
    assert {0, 3} <= {entry["level"] for entry in truth}
    drawn = draw_frames(Take.of(0, 20), [truth[5]["t"]])[0]
    assert np.abs(drawn.astype(float) - frames[5].to_ndarray(format="rgb24")).mean() < 8


def test_the_demos_people_are_nobody_elses() -> None:
    take = Take.of(2, 30)
    assert take.seed in DEMO
    assert not any(take.seed in seeds for name, seeds in SPLITS.items() if name != "demo")


def test_the_head_sways_and_breathes() -> None:
    take = Take.of(1, 30)
    poses = {take.params_at(t).pose for t in range(10)}
    assert len(poses) == 10
    assert all(abs(pose.x - take.pose.x) < 0.02 and abs(pose.yaw - take.pose.yaw) < 0.2 for pose in poses)


def test_a_wrong_rate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fps"):
        write_video(tmp_path / "x.mp4", 0, 20, fps=0)
