"""What the ward says to a room: all that stands, whole, under numbers that grow with every leader."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.actor import Actor, Role, Way
from services.alerts.audit.signature import private_key, public_key
from services.alerts.consents.key import main
from services.alerts.consents.statements import Numbers, statement_of
from services.alerts.policy.consent import Basis, CameraPause, CareTime, Consent, Lifted, Standing
from services.bus.models import CameraRef
from services.bus.statement import opened, signed

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CAMERA = CameraRef(site="home", ward="ward-1", room="room-1", camera="cam-1")
ADA = Actor("a1", "Ada Lovelace", Role.NURSE, None, Way.PASSWORD)
HOLDS = timedelta(minutes=15)


def test_it_has_everything_and_no_name() -> None:
    standing = Standing(
        consent=Consent(ADA, NOW, Basis.BEST_INTEREST, "Dr Grace Hopper", NOW.date() + timedelta(days=90), "a note"),
        pause=CameraPause(ADA, NOW - timedelta(minutes=1), NOW + timedelta(hours=1), "washing"),
        lifted=(Lifted("ab" * 16, ADA, NOW),),
    )
    one = statement_of(CAMERA, standing, UTC, NOW, HOLDS, "c4" * 16, 7)
    (window,) = one.windows
    assert (window.by, window.why, window.end) == ("nurse", "washing", NOW + timedelta(hours=1))
    assert (one.basis, one.lifted, one.expires) == ("best_interest", ("ab" * 16,), NOW + HOLDS)
    text, _ = signed(one, Ed25519PrivateKey.generate())
    assert not any(name in text for name in ("Ada", "Grace", "note"))


def test_a_camera_of_which_nothing_is_recorded_is_told_so() -> None:
    one = statement_of(CAMERA, Standing(), UTC, NOW, HOLDS, "c4" * 16, 7)
    assert (one.basis, one.windows, one.allows) == ("none", (), False)


def test_it_allows_nothing_in_a_pause_that_it_cannot_name() -> None:
    """A ward that is away for a week, with more times of care until then than a statement has place for."""
    times = tuple(CareTime(ADA, NOW, time(hour), time(hour, 30), tuple(range(7))) for hour in (6, 9, 12, 18))
    standing = Standing(Consent(ADA, NOW, Basis.GIVEN, "Mr Novak", NOW.date() + timedelta(days=90)), times=times)
    one = statement_of(CAMERA, standing, UTC, NOW, timedelta(days=7), "c4" * 16, 7)
    stops = standing.stops(NOW, NOW + timedelta(days=7), UTC)
    assert len(stops) > len(one.windows)
    for stop in stops:
        named = any(window.begin <= stop.begin and stop.end <= window.end for window in one.windows)
        assert named or one.expires <= stop.begin


@given(terms=st.lists(st.integers(1, 2**30), min_size=1, max_size=8, unique=True), said=st.integers(1, 20))
def test_numbers_grow_with_every_statement_and_every_leader(terms: list[int], said: int) -> None:
    newest = 0
    for term in sorted(terms):
        numbers = Numbers()
        for _ in range(said):
            number = numbers.next(term)
            assert newest < number < 2**63
            newest = number


def test_the_command_makes_a_key_and_never_over_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private, public = tmp_path / "private.pem", tmp_path / "keys.pem"
    assert main([str(private), str(public)]) == 0
    assert private.stat().st_mode & 0o777 == 0o600
    one = statement_of(CAMERA, Standing(), UTC, NOW, HOLDS, "c4" * 16, 7)
    text, signature = signed(one, private_key(private))
    assert opened(text, signature, [public_key(public)]) == one
    before = private.read_bytes()
    assert main([str(private), str(tmp_path / "other.pem")]) == 2
    assert main([]) == 2
    assert str(private) in capsys.readouterr().err
    assert private.read_bytes() == before
