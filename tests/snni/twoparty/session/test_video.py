"""Sessions that label videos, over real TLS sockets; who asks for what a server has not is told so."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import HandshakeError, ParameterError, PeerError, WireError
from snni.twoparty.session import handshake as hs
from tests.support.networks import residual
from tests.support.peers import peers
from tests.support.video_labels import sure_picture
from tests.support.waiting import until

ROWS = np.eye(3, dtype=np.int8)[[2, 0]]


@pytest.fixture
def served(tmp_path, pki):
    with peers(tmp_path, pki, residual(), ROWS) as one:
        yield one


def video():
    picture, level = sure_picture(residual())
    return np.stack([picture, np.zeros_like(picture), picture]), level


def test_videos_are_labelled_one_after_the_other_each_under_a_number_of_its_own(served):
    frames, level = video()
    with served.session(video=True) as session:
        results = []
        for _ in range(2):
            assert session.advance() == "video"
            results.append(session.infer(frames))
            with pytest.raises(ParameterError):
                session.infer(frames[:2])
    assert [result.outcome.level for result in results] == [level, level]
    assert [result.number for result in results] == [0, 1]
    until(lambda: ("burnt", 1) in [(event, number) for event, _, number in served.events])
    of_runs = [
        (event, number) for event, _, number in served.events if event in ("claimed", "selected", "scored", "burnt")
    ]
    assert of_runs == [(event, number) for number in (0, 1) for event in ("claimed", "selected", "scored", "burnt")]
    assert sum(served.server.standing.budget.taken.values()) == 2


def test_a_server_of_videos_scores_images_too(served):
    picture, _ = sure_picture(residual())
    with served.session() as session:
        session.advance()
        session.advance()
        assert 0 <= session.infer(picture).outcome.level < residual().plan.levels


@pytest.mark.parametrize("kind", ["linear", "nonlinear"])
def test_a_session_for_videos_does_no_other_work(served, kind):
    with served.session(video=True) as session:
        hs.send(session._bulk, hs.REQUEST, hs.Request(kind=kind, number=0))
        with pytest.raises(PeerError, match="another kind"):
            session._bulk.recv(hs.DONE, 0)


def test_a_session_holds_one_video_at_a_time(served):
    with served.session(video=True) as session:
        session.advance()
        with pytest.raises((PeerError, WireError)):
            session.advance()
        assert session.ended


def test_videos_are_refused_where_nothing_is_selected(tmp_path, pki):
    with peers(tmp_path, pki, residual()) as images_only, pytest.raises((HandshakeError, PeerError), match="no frames"):
        images_only.session(video=True).__enter__()


def test_videos_are_refused_where_clients_are_audited(tmp_path, pki):
    with peers(tmp_path, pki, residual(), ROWS, audit=8) as audited:
        with pytest.raises((HandshakeError, PeerError), match="audits"):
            audited.session(video=True).__enter__()
        with audited.session() as session:
            session.advance()
