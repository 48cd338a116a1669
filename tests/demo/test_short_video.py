"""The demo's video, asked for too short."""

import pytest

from demo.launch import main
from localsite.cameras.synthetic_video import LEAST_SECONDS, synthetic_video
from localsite.process import ProcessError
from training.synth.script import write_script


def test_one_too_short_is_refused_in_one_line(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert main(["--once", "--seconds", str(LEAST_SECONDS - 1)]) == 2
    said = capsys.readouterr().err.strip()
    assert said == f"demo: --seconds {LEAST_SECONDS - 1}: a drawn video lasts at least {LEAST_SECONDS} s"
    assert not list(tmp_path.rglob("*.mp4"))


def test_the_bound_is_the_scripts_own():
    write_script(1, LEAST_SECONDS)
    with pytest.raises(ValueError, match="at least"):
        write_script(1, LEAST_SECONDS - 1)
    with pytest.raises(ProcessError):
        synthetic_video(LEAST_SECONDS - 1)
