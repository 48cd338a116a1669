"""Logins by file: read as they are, and shown by nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.ingest.sources.rtsp.errors import LoginUnreadable
from services.ingest.sources.rtsp.login import Login, read_login

SECRET = "s€cr/et:@ %"


def test_a_file_of_two_lines(tmp_path: Path) -> None:
    (tmp_path / "cam-1").write_text(f"ward\n{SECRET}\n")
    assert read_login(tmp_path, "cam-1") == Login("ward", SECRET)
    assert read_login(tmp_path, "cam-2") is None
    assert read_login(None, "cam-1") is None


def test_nothing_shows_it() -> None:
    login = Login("ward", SECRET)
    assert "ward" not in repr(login) + str(login)
    assert SECRET not in repr(login) + str(login)


@pytest.mark.parametrize(
    "content",
    [b"", b"ward\n", b"ward\nsecret\nmore\n", b"wa:rd\nsecret\n", b"\nsecret\n", b'w"d\nsecret\n', b"\xff\nx\n"],
)
def test_what_cannot_be_used_is_an_error_that_quotes_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cam-1").write_bytes(content)
    with pytest.raises(LoginUnreadable) as caught:
        read_login(tmp_path, "cam-1")
    assert "secret" not in str(caught.value)


def test_a_folder_in_the_files_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "cam-1").mkdir()
    with pytest.raises(LoginUnreadable):
        read_login(tmp_path, "cam-1")
