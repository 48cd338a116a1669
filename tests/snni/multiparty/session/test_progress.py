"""Who asks waits for servers that prepare as long as they get on; they wait for each other as long as who asks does."""

from __future__ import annotations

import itertools
import socket
import struct
import threading

import pytest

from snni.errors import PeerError, SnniError, WireError
from snni.multiparty.roles import Role, Setting
from snni.multiparty.session import progress
from snni.multiparty.session.messages import MADE
from snni.multiparty.session.progress import AT_WORK, DONE, hear_made, tell_made, telling
from snni.multiparty.task import Levels
from snni.wire.socket_channel import SocketChannel
from tests.snni.multiparty.session.site import Site
from tests.support.networks import clear_picture, little
from tests.support.waiting import until

SHORT_S, TICK_S, TICKS = 0.2, 0.01, 40  # what is waited for is longer than any wait that was


@pytest.fixture
def ends():
    """A server's end of a stream, and who asks'."""
    server, asker = (SocketChannel(one) for one in socket.socketpair())
    yield server, asker
    server.close()
    asker.close()


def at_work(moved):
    return AT_WORK + struct.pack("<Q", moved)


def slowly():
    """A clock that shows a tenth of what is the longest standstill more each time."""
    return map(lambda at: at * progress.STANDSTILL_S / 10, itertools.count()).__next__


def held_back(monkeypatch, wait):
    """The dealer deals after ``wait()``, the others as they do."""
    for name in ("deal", "deal_proved"):
        real = getattr(Levels, name)

        def dealt(self, model, *arguments, real=real, **options):
            if model.role is Role.DEALER:
                wait()
            return real(self, model, *arguments, **options)

        monkeypatch.setattr(Levels, name, dealt)


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_a_run_may_take_longer_than_a_message(tmp_path, monkeypatch, setting):
    told, real = [], progress._heard

    def heard(role, channel, most):
        body = real(role, channel, most)
        told.append((role, bytes(body[:1])))
        return body

    monkeypatch.setattr(progress, "TOLD_EVERY_S", TICK_S)
    monkeypatch.setattr(progress, "_heard", heard)
    held_back(monkeypatch, lambda: until(lambda: told.count((Role.DEALER, AT_WORK)) > TICKS))
    site = Site(tmp_path, little(), setting=setting)
    session = site.connect()
    for server in site.servers.values():
        for one in server.sessions:
            for name, stream in one._streams.items():
                if name.startswith(("deal", "prove", "witness")):
                    stream.settimeout(SHORT_S)
    picture, level = clear_picture(little)
    session.prepare()
    assert {role for role, body in told if body == DONE} == set(setting.roles)
    assert (Role.SECOND, AT_WORK) in told
    assert session.run(picture[None]).results == (level,)
    session.close()
    site.close()


def test_all_end_when_who_asks_goes_while_they_prepare(tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "TOLD_EVERY_S", TICK_S)
    begun, gone = threading.Event(), threading.Event()
    held_back(monkeypatch, lambda: (begun.set(), until(gone.is_set)))
    site = Site(tmp_path, little(), setting=Setting.THREE_ACTIVE)
    session, errors = site.connect(), []

    def prepare():
        try:
            session.prepare()
        except SnniError as error:
            errors.append(error)

    asking = threading.Thread(target=prepare)
    asking.start()
    until(begun.is_set)
    session.close()
    asking.join()
    assert errors
    until(lambda: not site.servers[Role.FIRST].sessions and not site.servers[Role.SECOND].sessions)
    gone.set()
    until(lambda: not site.servers[Role.DEALER].sessions)
    site.close()


def test_one_that_says_nothing_is_named(ends, monkeypatch):
    monkeypatch.setattr(progress, "SILENCE_S", SHORT_S)
    with pytest.raises(PeerError, match="the witness, which prepares a run"):
        hear_made({Role.WITNESS: ends[1]}, 4)


def test_a_refusal_is_passed_on(ends):
    progress_of, asker = ends
    progress_of.send(0x01, b"DeviationError: a lie")
    with pytest.raises(PeerError, match="the first, which prepares a run: the peer refused: DeviationError: a lie"):
        hear_made({Role.FIRST: asker}, 4)


def test_servers_that_move_nothing_are_not_waited_for_any_longer(ends):
    server, asker = ends
    for _ in range(20):
        server.send(MADE, at_work(5))
    with pytest.raises(PeerError, match="moved nothing for"):
        hear_made({Role.FIRST: asker}, 4, slowly())


def test_servers_that_get_on_are_waited_for(ends):
    server, asker = ends
    for moved in range(40):
        server.send(MADE, at_work(moved // 2))
    tell_made(server, b"mask")
    assert bytes(hear_made({Role.FIRST: asker}, 4, slowly())[Role.FIRST]) == b"mask"


@pytest.mark.parametrize("body", [b"", b"\x02", b"\x02mask", AT_WORK, AT_WORK + b"mask", DONE + bytes(20)])
def test_what_is_no_message_ends_it(ends, body):
    server, asker = ends
    server.send(MADE, body)
    with pytest.raises(WireError):
        hear_made({Role.DEALER: asker}, 4)


def test_work_ends_where_who_asks_is_gone(ends, monkeypatch):
    monkeypatch.setattr(progress, "TOLD_EVERY_S", TICK_S)
    server, asker = ends
    ended = threading.Event()
    with telling(server, [], ended.set):
        asker.close()
        until(ended.is_set)
