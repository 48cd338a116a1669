"""What the demo can know before it starts anything it says then."""

import socket
from pathlib import Path

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


def test_a_summary_that_cannot_be_written_is_refused_before_the_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--once", "--json", str(tmp_path)])
    assert refused.value.code == 2 and f"--json: {tmp_path} is a folder" in capsys.readouterr().err


def test_a_port_that_is_none_or_taken_is_refused_before_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for port in (taken.getsockname()[1], 65536, -1, "web"):
            with pytest.raises(SystemExit) as refused:
                main(["--once", f"--port={port}"])
            said = capsys.readouterr().err
            assert refused.value.code == 2 and "argument --port:" in said and "name" in said and str(port) in said


def test_a_video_of_no_length_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--seconds", "0"])
    assert ended.value.code == 2
    assert "argument --seconds: 0: a whole number of 1 or more is wanted" in capsys.readouterr().err
