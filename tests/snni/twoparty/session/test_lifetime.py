"""A session ends in time, a client has its day's inferences and no more, an error says if its image was used."""

import numpy as np
import pytest

from snni.errors import CorrelationError, PeerError
from snni.session import budget
from snni.session.budget import BATCH, DAY_S, ORDERS, InferenceBudget
from snni.session.lifetime import RENEWED_AT, Lifetime
from snni.twoparty.linear.client import ClientKeys
from snni.twoparty.session import handshake as hs
from tests.support.networks import residual
from tests.support.peers import peers
from tests.support.waiting import until


def picture():
    return np.random.default_rng(1).integers(0, 256, residual().plan.input_shape, np.uint8)


def filled(session):
    while not session.ready:
        session.advance(1)
    return session


def assert_told(served):
    """The server says why; the client may be sending, and not hear it."""
    until(lambda: any("connect anew" in str(error) for error in served.errors))


def test_a_lifetime_is_over_by_age_or_by_transfers():
    one = Lifetime(age_s=100.0, transfers=1000)
    assert not one.spent(99.0, 999) and one.spent(100.0, 0) and one.spent(0.0, 1000)
    assert one.spent(90.0, 0, RENEWED_AT) and one.spent(0.0, 900, RENEWED_AT) and not one.spent(89.0, 899, RENEWED_AT)


def test_a_server_ends_a_session_that_is_too_old(tmp_path, pki):
    with peers(tmp_path, pki, residual(), lifetime=Lifetime(age_s=1e-6)) as served, served.session() as session:
        assert session.spent
        with pytest.raises(PeerError):
            session.advance(1)
        assert session.ended
        assert_told(served)


def test_a_session_that_only_says_that_it_is_there_ends_too(tmp_path, pki):
    """It keeps no place, and nothing that is prepared, beyond what its certificate was looked at for."""
    with peers(tmp_path, pki, residual()) as served, served.session() as session:
        filled(session)
        control = served.hello("control")
        hs.send(control, hs.ACCEPT, hs.Accept(agreed=hs.receive(control, hs.WELCOME, hs.Welcome).agreed))
        control.send(hs.PUBLIC_KEY, ClientKeys.generate().public_key())
        control.recv(hs.READY, limit=0)
        control.send(hs.PING, b"")
        control.recv(hs.PONG, limit=0)
        younger = served.server.sessions[1]
        younger._began -= 2 * served.server.limits.lifetime.age_s
        control.send(hs.PING, b"")
        with pytest.raises(PeerError, match="reached its age"):
            control.recv(hs.PONG, limit=0)
        assert_told(served)
        until(lambda: younger not in served.server.sessions)
        session.infer(picture())


def test_what_is_prepared_is_not_used_beyond_the_age(tmp_path, pki):
    with peers(tmp_path, pki, residual()) as served, served.session() as session:
        filled(session)
        (theirs,) = served.server.sessions
        theirs._began -= 2 * served.server.limits.lifetime.age_s
        with pytest.raises(PeerError) as caught:
            session.infer(picture())
        assert caught.value.image_used  # it was sent with the claim, under a mask that is burnt
        assert_told(served)


def test_a_server_ends_a_session_at_its_transfers_and_the_client_knows_before(tmp_path, pki):
    with peers(tmp_path, pki, residual(), lifetime=Lifetime(transfers=1)) as served, served.session() as session:
        assert not session.spent and not session.over
        filled(session)
        assert session.spent and session.over
        session.infer(picture())
        with pytest.raises(PeerError):
            filled(session)
        assert_told(served)


@pytest.mark.parametrize("lifetime", [Lifetime(age_s=1e-6), Lifetime(transfers=1)])
def test_a_client_may_want_a_shorter_life(tmp_path, pki, lifetime):
    with peers(tmp_path, pki, residual()) as served, served.session(lifetime=lifetime) as session:
        filled(session)
        assert session.spent and not session.over
        session.infer(picture())


def test_a_client_has_its_inferences_of_the_day_and_no_more_whatever_it_dials(tmp_path, pki):
    with peers(tmp_path, pki, residual(), max_inferences_per_day=2) as served:
        for _ in range(2):
            with served.session() as session:
                filled(session).infer(picture())
        with pytest.raises(PeerError, match="its 2 inferences of the day"), served.session():
            pass
        assert list(served.server.standing.budget.taken.values()) == [2]


def test_a_client_that_has_had_its_day_has_nothing_prepared_in_sessions_that_stand(tmp_path, pki):
    """What is prepared already is refused when it is claimed."""
    with (
        peers(tmp_path, pki, residual(), max_inferences_per_day=1) as served,
        served.session() as empty,
        served.session() as full,
        served.session() as session,
    ):
        filled(full)
        filled(session).infer(picture())
        until(lambda: "burnt" in [name for name, *_ in served.events])
        begun = len([name for name, *_ in served.events if name == "linear_started"])
        for refused in (lambda: session.advance(1), lambda: empty.advance(1), lambda: full.infer(picture())):
            before = len(served.errors)
            with pytest.raises(PeerError):
                refused()
            until(lambda before=before: any("of the day" in str(error) for error in served.errors[before:]))
        assert len([name for name, *_ in served.events if name == "linear_started"]) == begun
        assert list(served.server.standing.budget.taken.values()) == [1]


def test_what_is_prepared_and_never_claimed_is_counted_whatever_it_dials(tmp_path, pki, monkeypatch):
    """Two for each inference that it may have; a batch counts as what it holds."""
    monkeypatch.setattr(budget, "BATCH", 0)
    with peers(tmp_path, pki, residual(), max_inferences_per_day=2) as served:
        for batch in (2, 1, 1):
            with served.session() as session:
                session.advance(batch)
        assert list(served.server.standing.budget.ordered.values()) == [4]
        assert not served.server.standing.budget.taken
        with pytest.raises(PeerError, match="4 inferences of the day prepared"), served.session():
            pass


def test_a_session_that_stands_has_no_more_prepared_than_others(tmp_path, pki, monkeypatch):
    monkeypatch.setattr(budget, "BATCH", 0)
    with peers(tmp_path, pki, residual(), max_inferences_per_day=1) as served, served.session() as session:
        with pytest.raises(PeerError):
            session.advance(3)
        until(lambda: any("inferences of the day prepared" in str(error) for error in served.errors))
        assert "linear_started" not in [name for name, *_ in served.events]


def test_each_client_has_a_budget_of_its_own_and_a_new_one_every_day():
    now = [0.0]
    day = InferenceBudget(1, lambda: now[0])
    day.take("one")
    day.take("two")
    with pytest.raises(PeerError):
        day.take("one")
    now[0] = DAY_S - 1
    with pytest.raises(PeerError):
        day.take("one")
    now[0] = DAY_S
    day.check("one")
    day.take("one")
    with pytest.raises(PeerError):
        day.check("one")
    assert day.taken == {"one": 1}
    day.order("two", ORDERS + BATCH)
    with pytest.raises(PeerError):
        day.order("two")
    assert day.ordered == {"two": ORDERS + BATCH}
    now[0] = 2 * DAY_S
    assert day.ordered == {}


@pytest.mark.parametrize("event", ["claimed", "online"])
def test_an_error_says_that_the_image_was_used(tmp_path, pki, event):
    with peers(tmp_path, pki, residual()) as served, served.session() as session:
        filled(session)
        told = served.server.sessions[0]._event

        def broken(name, epoch, number):
            told(name, epoch, number)
            if name == event:
                raise KeyError("the server's own")

        (theirs,) = served.server.sessions
        theirs._event = broken
        theirs.pool._listener = lambda name, number: broken(name, theirs.epoch, number)
        with pytest.raises(PeerError) as caught:
            session.infer(picture())
        assert caught.value.image_used


def test_an_inference_that_none_is_ready_for_has_used_no_image(tmp_path, pki):
    with peers(tmp_path, pki, residual()) as served, served.session() as session:
        with pytest.raises(CorrelationError) as caught:
            session.infer(picture())
        assert not caught.value.image_used
