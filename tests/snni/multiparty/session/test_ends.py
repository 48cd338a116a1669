"""How a session ends, and what is left of it."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from snni.errors import PeerError, SnniError
from snni.multiparty.roles import Role, Setting
from snni.multiparty.session.client import AskingSession
from snni.multiparty.session.parties import Limits
from snni.session.lifetime import Lifetime
from tests.snni.multiparty.session.site import Site
from tests.support.networks import clear_picture, residual
from tests.support.waiting import until


@pytest.mark.parametrize(
    ("site", "gone"), [(setting, role) for setting in Setting for role in setting.roles], indirect=["site"]
)
def test_a_server_that_goes_ends_the_session_and_no_level_is_made_up(site, gone):
    picture, _ = clear_picture()
    session = site.connect()
    session.prepare()
    site.servers[gone].close()
    with pytest.raises(PeerError):
        for _ in range(3):
            session.prepare()
            session.run(picture[None])
    session.close()


def test_a_client_that_says_nothing_is_let_go(tmp_path):
    site = Site(tmp_path, residual(), Limits(idle_timeout_s=0.5))

    def connected():
        with suppress(PeerError):  # let go before all were connected, on a busy machine
            return site.connect()

    session = until(connected)
    for server in site.servers.values():  # each lets it go by itself
        until(lambda server=server: not server.sessions)
    with pytest.raises(PeerError):
        session.prepare()
    site.close()


def test_a_session_that_has_lived_long_enough_ends(tmp_path):
    """However often who asks says that it is there: it comes again, and shows its certificate."""
    site = Site(tmp_path, residual(), Limits(lifetime=Lifetime(age_s=0)))
    for said in (AskingSession.prepare, AskingSession.keep_alive):
        session = site.connect()
        with pytest.raises(PeerError, match="reached its age"):
            said(session)
        session.close()
    site.close()


def test_who_asks_knows_when_a_session_should_have_a_successor(tmp_path):
    """By its own clock, and by the age at which the first of the servers ends it."""
    site = Site(tmp_path, residual(), Limits(lifetime=Lifetime(age_s=200.0)))
    site.servers[Role.SECOND].limits = Limits(lifetime=Lifetime(age_s=100.0))
    session = site.connect()
    assert not session.spent
    session._began -= 90.0
    assert session.spent and not session.over
    session._began -= 10.0
    assert session.over
    session.close()
    site.close()


def test_what_is_left_of_attempts_keeps_no_place(tmp_path):
    """One server is away: what the others hold of each attempt goes with it, long before its time to come together."""
    site = Site(tmp_path, residual(), Limits(max_sessions=2, handshake_timeout_s=86_400))
    site.servers[Role.SECOND].drain()
    for _ in range(6):
        with pytest.raises(SnniError):
            site.connect()
        for server in site.servers.values():
            until(lambda server=server: not server.sessions)
    site.close()


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_nothing_of_a_session_is_left_at_a_server(tmp_path, setting):
    """No thread either: who comes and goes without end would take all that a process may have."""
    before = set(threading.enumerate())
    site = Site(tmp_path, residual(), setting=setting)
    picture, level = clear_picture()
    for _ in range(2):
        session = site.connect()
        session.prepare()
        assert session.run(picture[None]).results == (level,)
        session.close()
    site.close()
    until(lambda: not [one for one in set(threading.enumerate()) - before if one.name.startswith("snni-")])
