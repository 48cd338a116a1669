"""Tokens by file: read as they are, and shown by nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.ingest.sources.whep.errors import TokenUnreadable
from services.ingest.sources.whep.token import Token, read_token


def test_a_file_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "cam-1").write_text("s3cret.~+/-_==\n")
    token = read_token(tmp_path, "cam-1")
    assert token == Token("s3cret.~+/-_==")
    assert token.header == {"Authorization": "Bearer s3cret.~+/-_=="}
    assert "s3cret" not in repr(token) + str(token)
    assert read_token(tmp_path, "cam-2") is None
    assert read_token(None, "cam-1") is None


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"secret one\n", b"secret\nmore\n", b"\xff\n", b"s" * 1025, b"se\rcret"]
)
def test_what_cannot_be_used_is_an_error_that_quotes_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cam-1").write_bytes(content)
    with pytest.raises(TokenUnreadable) as caught:
        read_token(tmp_path, "cam-1")
    assert "secret" not in str(caught.value)
