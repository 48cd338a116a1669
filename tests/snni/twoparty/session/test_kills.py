"""Whole inferences cut off at every point by either party: no number serves twice, no wrong level is given."""

import random
from collections import defaultdict

import pytest

from snni.errors import SnniError
from tests.snni.twoparty.session.cut import Cut, check_used_once
from tests.support.networks import clear_picture, forked, residual
from tests.support.peers import peers
from tests.support.waiting import until


def messages_of(served, stream, work):
    """How many messages the stream carries in a whole inference, by counting one."""
    with served.session() as session:
        counter = Cut(session._channels[stream], 1 << 40)
        work(session)
        return (1 << 40) - counter._left


@pytest.mark.parametrize("make", [residual, forked])
@pytest.mark.parametrize("cases", [50, pytest.param(1_000, marks=pytest.mark.heavy)])
def test_kills_at_every_point(tmp_path, pki, make, cases):
    """With steps one after the other, and with several under way at once."""
    picture, level = clear_picture(make)
    mine = defaultdict(list)
    rng = random.Random(20260101)

    def work(session):
        while session.ready == 0:
            session.advance(1)
        return session.infer(picture)

    with peers(tmp_path, pki, make()) as served:
        totals = {stream: messages_of(served, stream, work) for stream in ("live", "bulk")}
        assert totals["live"] > 20 and totals["bulk"] > 50
        outcomes = []
        for case in range(cases):
            stream, party = ("live", "live", "bulk")[case % 3], case % 2
            heard: list[tuple[str, int]] = []
            with served.session(lambda *event, log=heard: log.append(event)) as session:
                outcomes.append(one(served, session, stream, party, rng.randrange(totals[stream]), work))
                mine[session.epoch] = heard
        # no session outlives its client, and no claimed number its session
        until(lambda: not (served.server.sessions or unburnt(served.events)))
        theirs = defaultdict(list)
        for event, epoch, number in served.events:
            theirs[epoch].append((event, number))
    assert all(outcome in (None, level) for outcome in outcomes)
    assert outcomes.count(None) > cases // 2
    for epoch, heard in mine.items():
        claimed = check_used_once(heard)
        assert set(check_used_once(theirs[epoch])) <= set(claimed)


def unburnt(events):
    """Claimed and not burnt yet: a live stream's thread may end after its session has left the server's list."""
    seen = list(events)
    return {entry[1:] for entry in seen if entry[0] == "claimed"} - {entry[1:] for entry in seen if entry[0] == "burnt"}


def one(served, session, stream, party, at, work):
    """The level that came out, or None where the kill came first."""
    try:
        channel = session._channels[stream]
        if party:
            (session_there,) = [s for s in served.server.sessions if s.epoch == session.epoch]
            channel = session_there._channels[stream]
        Cut(channel, at)
        return work(session).outcome.level
    except SnniError:
        assert session.ended
        return None
