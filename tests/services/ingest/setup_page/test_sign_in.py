"""Whom the set-up page lets in, and for how long."""

from __future__ import annotations

from pathlib import Path

from services.ingest.setup_page.sign_in import WRONG_IN_ALL, SignIn
from services.ingest.setup_page.switch import ON_S, Switch
from tests.services.ingest.setup_page.token_file import TOKEN, written
from tests.services.moments import ManualClock


def test_who_was_let_in_is_until_the_page_is_off_or_the_file_is_new(tmp_path: Path) -> None:
    clock = ManualClock()
    access = SignIn(Switch(written(tmp_path / "token"), clock))
    session = access.sign_in(TOKEN)
    assert session is not None
    clock.seconds = ON_S - 1
    assert access.signed_in(session)
    clock.seconds = ON_S
    assert not access.signed_in(session)
    assert access.sign_in(TOKEN) is None
    written(tmp_path / "token", seconds=ON_S)
    assert not access.signed_in(session), "who was let in by the file before"
    assert access.sign_in(TOKEN) is not None


def test_after_wrong_tries_nobody_is_let_in_there_until_the_file_is_new(tmp_path: Path) -> None:
    """Nor anywhere, after more: but a stranger at one address keeps nobody out who is at another."""
    access = SignIn(Switch(written(tmp_path / "token"), ManualClock()))
    assert [access.sign_in("wrong", "10.0.0.1") for _ in range(2 * WRONG_IN_ALL)] == [None] * 2 * WRONG_IN_ALL
    assert access.sign_in(TOKEN, "10.0.0.1") is None
    assert access.sign_in(TOKEN, "10.0.0.2") is not None
    for other in range(WRONG_IN_ALL):
        access.sign_in("wrong", f"10.0.1.{other}")
    assert access.sign_in(TOKEN, "10.0.0.2") is None
    written(tmp_path / "token", seconds=-1)
    assert access.sign_in(TOKEN, "10.0.0.1") is not None


def test_nobody_is_signed_in_by_nothing(tmp_path: Path) -> None:
    switch = Switch(written(tmp_path / "token"), ManualClock())
    access = SignIn(switch)
    assert not access.signed_in("")
    assert access.sign_in("") is None
    assert access.sign_in("é" * 16) is None
    assert TOKEN not in repr(switch.key())
