"""One departure from the protocol, at every state, by either party: a typed error, and the others are served.

The peer is real but for one frame (tests/support/hostile.py): towards a real server a hostile client with a valid
certificate, towards a real client a hostile server. Several steps are under way at once. Four attacks run
at a time beside a session that keeps inferring.
No limit of the server ends a session here, and none of a client but where its peer falls silent: what a slow machine
does is no attack. (Limits of both are tested in test_bounds.py, test_stalls.py and test_session.py.)
"""

import gc
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle

import psutil
import pytest

from localsite.pki import make_pki
from snni.errors import SnniError
from snni.twoparty.session.client import Session
from snni.twoparty.session.handshake import MAX_CONTROL_BYTES
from snni.wire.socket_channel import SocketChannel
from tests.support.hostile import HARMLESS, KINDS, Deviation, relayed
from tests.support.networks import clear_picture, forked
from tests.support.peers import peers
from tests.support.waiting import PATIENCE_S, until

AT_A_TIME = 4
WAITING = {"cut", "claim more", "flip header", "drip", "fall silent", "swap"}  # may leave both ends waiting
WAIT_S = 2.0  # of a client with such a peer, first; four times as long where it was over before the frame came
GROWTH_BYTES = 160 << 20  # of resident memory after the first quarter of the attacks: arenas of threads; a leak of one
# session in ten, each with its transfers' working memory, would be more


PICTURE, LEVEL = clear_picture(forked)


def infer(session):
    while session.ready == 0:
        session.advance(1)
    return session.infer(PICTURE).outcome.level


@dataclass
class Watch:
    """What must hold all along: the bystander's levels, stray exceptions, the largest buffer, resident memory."""

    levels: list = field(default_factory=list)
    stray: list = field(default_factory=list)
    largest: int = 0
    resident: list = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def bystander(self, served):
        try:
            with served.session() as session:
                while not self.stop.is_set():
                    self.levels.append(infer(session))
                    self.resident.append(psutil.Process().memory_info().rss)
                    self.stop.wait(0.1)
        except BaseException as error:
            self.stray.append(error)


@pytest.fixture
def watch(monkeypatch):
    one, read = Watch(), SocketChannel._read

    def measured(channel, length, deadline):
        one.largest = max(one.largest, length)
        return read(channel, length, deadline)

    monkeypatch.setattr(SocketChannel, "_read", measured)
    monkeypatch.setattr(threading, "excepthook", lambda arguments: one.stray.append(arguments.exc_value))
    return one


def schedule(states, count):
    """Every kind of frame on every stream in turn, every kind of departure in turn, any frame of that kind."""
    rng = random.Random(20260301)
    sorts = sorted({(state.stream, state.direction, state.tag) for state in states})
    rng.shuffle(sorts)
    kinds, out = cycle(rng.sample(KINDS, len(KINDS))), []
    for case, sort in zip(range(count), cycle(sorts), strict=False):
        if case % len(sorts) == 0:
            next(kinds)  # so that a sort of frame meets another departure each time round
        state = rng.choice([s for s in states if (s.stream, s.direction, s.tag) == sort])
        out.append(Deviation(state, next(kinds), case))
    return out


def attack(served, deviation):
    """(whether it departed, the level or None, the error's type or None) of one session with a hostile relay."""
    waits = [WAIT_S, 4 * WAIT_S, 16 * WAIT_S, PATIENCE_S] if deviation.kind in WAITING else [PATIENCE_S]
    for wait_s in waits:
        outcome = attempt(served, deviation, wait_s)
        if outcome[0]:
            break
    return outcome


def attempt(served, deviation, wait_s):
    session = level = caught = None
    identities = served.identity("snni_server"), served.identity("snni_client")
    with relayed(*identities, served.port, deviation) as relay:
        try:
            target = served.target(port=relay.port, timeout_s=wait_s, message_timeout_s=wait_s)
            session = Session.connect(target, lambda *event: None)
            level = infer(session)
        except Exception as error:
            caught = type(error)  # not the error itself: its frames hold the session's memory
            assert session is None or session.ended, "the session outlives its error"
        finally:
            if session is not None:
                session.close()
        return relay.departed.is_set(), level, caught


def states_of(served):
    """The frames of a whole session, in the order of their passing."""
    with (
        relayed(served.identity("snni_server"), served.identity("snni_client"), served.port) as relay,
        served.session(port=relay.port) as session,
    ):
        assert infer(session) == LEVEL
    return relay.seen


@pytest.mark.parametrize("count", [200, pytest.param(2_000, marks=pytest.mark.heavy)])
def test_one_departure_from_the_protocol(tmp_path, watch, count):
    limits = {"max_sessions": 64, "max_sessions_per_client": 64}
    with peers(tmp_path, make_pki(tmp_path / "pki"), forked(), **limits) as served:
        states = states_of(served)
        until(lambda: not served.server.sessions)
        errors = []
        served.server.on_error = lambda stream, error: errors.append(type(error))
        deviations = schedule(states, count)
        bystander = threading.Thread(target=watch.bystander, args=(served,))
        bystander.start()
        with ThreadPoolExecutor(AT_A_TIME) as attackers:
            outcomes = list(attackers.map(lambda deviation: attack(served, deviation), deviations))
        watch.stop.set()
        bystander.join(PATIENCE_S)
        assert not bystander.is_alive()
        until(lambda: not served.server.sessions)
        events = list(served.events)
    check_outcomes(deviations, outcomes)
    check_server(events, errors)
    check_others(watch)


def check_outcomes(deviations, outcomes):
    """Typed errors at the client; a level only where the spoilt frame still was a message."""
    kinds = {deviation.kind for deviation in deviations}
    assert kinds == set(KINDS)
    assert sum(departed for departed, _, _ in outcomes) > 0.95 * len(outcomes)
    for deviation, (departed, level, error) in zip(deviations, outcomes, strict=True):
        assert error is None or issubclass(error, SnniError), (deviation, error)
        assert (level is None) == (error is not None), deviation
        if level is not None:
            assert level in range(forked().plan.levels), deviation
            assert level == LEVEL or (departed and deviation.kind not in HARMLESS), deviation
    refused = sum(error is not None for _, _, error in outcomes)
    assert refused > len(outcomes) // 2


def check_server(events, errors):
    """Nothing but typed errors; every session ended; no number claimed twice."""
    assert errors and not [error for error in errors if not issubclass(error, SnniError)]
    started, ended = ([epoch for event, epoch, _ in events if event == f"session_{h}"] for h in ("started", "ended"))
    assert sorted(started) == sorted(set(ended)) and len(started) == len(ended)
    claimed = [(epoch, number) for event, epoch, number in events if event == "claimed"]
    assert len(claimed) == len(set(claimed))


def check_others(watch):
    """The bystander's levels are right to the end, and what the attacks made both ends hold is bounded."""
    assert not watch.stray, watch.stray
    assert len(watch.levels) > 10 and set(watch.levels) == {LEVEL}
    assert watch.largest <= MAX_CONTROL_BYTES
    gc.collect()
    quarter = len(watch.resident) // 4
    assert max(watch.resident[quarter:]) - watch.resident[quarter] < GROWTH_BYTES, watch.resident
