"""Four active servers over real TLS: one that lies ends the session with no level; settings are never mixed."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import DeviationError, HandshakeError, PeerError, WireError
from snni.multiparty.batch import EvaluatorBatch
from snni.multiparty.check.opening import CheckedOpening
from snni.multiparty.check.transcript import Transcript
from snni.multiparty.check.witness import Corrections
from snni.multiparty.dealing import Dealer
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.roles import Role, Setting, setting_of
from snni.multiparty.session.client import AskingSession
from snni.multiparty.session.dealing import DealerSession, WitnessSession
from tests.snni.multiparty.session.site import Site
from tests.support.networks import clear_picture, residual


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path / "pki", residual(), setting=Setting.FOUR_ACTIVE)
    yield made
    made.close()


def first_lie(monkeypatch, owner, name, change, chosen=lambda self, *arguments: True):
    """The first call of the method that ``chosen`` picks is changed."""
    real, told = getattr(owner, name), []

    def lying(self, *arguments, **options):
        if not told and chosen(self, *arguments):
            told.append(True)
            return change(real, self, *arguments, **options)
        return real(self, *arguments, **options)

    monkeypatch.setattr(owner, name, lying)
    return told


def wrong_share(real, self, shares, *others):
    changed = shares.copy()
    changed.reshape(-1)[0] ^= shares.dtype.type(1)
    return real(self, changed, *others)


def wrong_claim(real, self, hidden, said):
    return real(self, [words ^ np.uint32(1) for words in hidden], said)


def wrong_shares_dealt(real, self, values, bits):
    return real(self, values + np.uint32(1), bits)


def wrong_mask(real, self, ask, task, number, masks):
    return real(self, ask, task, number, masks ^ np.uint32(1))


LIES = {
    "an evaluator opens a wrong bit": (ChannelOpening, "bits", wrong_share, lambda *_: True),
    "an evaluator opens a wrong sum": (ChannelOpening, "ring", wrong_share, lambda *_: True),
    "the first claims what it has not": (
        CheckedOpening, "_tell", wrong_claim, lambda self, *_: self._role is Role.FIRST
    ),
    "the second claims what it has not": (
        CheckedOpening, "_tell", wrong_claim, lambda self, *_: self._role is Role.SECOND
    ),
    "who deals deals otherwise": (Dealer, "additive", wrong_shares_dealt, lambda *_: True),
    "the dealer tells a wrong mask": (DealerSession, "_made", wrong_mask, lambda *_: True),
    "the witness tells a wrong mask": (WitnessSession, "_made", wrong_mask, lambda *_: True),
    "the witness sends a wrong hash": (
        Transcript, "digest", lambda real, self: bytes(32), lambda self: self._source is None
    ),
    "the witness sends a wrong correction": (
        Corrections, "_correction", lambda real, *arguments: real(*arguments) ^ np.uint32(1), lambda *_: True
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_one_that_lies_ends_the_session_and_no_level_comes(site, monkeypatch, lie):
    owner, name, change, chosen = LIES[lie]
    picture, _ = clear_picture()
    session = site.connect()
    told = first_lie(monkeypatch, owner, name, change, chosen)
    with pytest.raises((PeerError, WireError)) as caught:
        session.prepare()
        session.run(picture[None])
    assert told and session.ended
    site_errors = [error for _, _, error in site.errors]
    assert any(isinstance(error, DeviationError) for error in [*site_errors, caught.value]), site.errors


@pytest.mark.parametrize("liar", [Role.FIRST, Role.SECOND])
def test_an_evaluator_that_tells_another_level_ends_the_session(site, monkeypatch, liar):
    """It opened as it should, so the dealer has nothing to say: who asks sees that the two are not the same."""
    real = EvaluatorBatch.run

    def lying(self, *arguments, **options):
        results = real(self, *arguments, **options)
        return results ^ np.uint32(1) if self._model.role is liar else results

    monkeypatch.setattr(EvaluatorBatch, "run", lying)
    session = site.connect()
    session.prepare()
    with pytest.raises(WireError):
        session.run(clear_picture()[0][None])
    assert session.ended


def test_a_session_after_a_lie_is_as_any(site, monkeypatch):
    picture, level = clear_picture()
    with monkeypatch.context() as lying:
        first_lie(lying, ChannelOpening, "ring", wrong_share)
        session = site.connect()
        session.prepare()
        with pytest.raises((PeerError, WireError)):
            session.run(picture[None])
    session = site.connect()
    session.prepare()
    assert session.run(picture[None]).results == (level,)
    session.close()


def test_a_run_that_the_dealer_did_not_check_is_no_result(site, monkeypatch):
    """A verdict of another run is none of this one."""
    from snni.multiparty.session import messages as ms

    real = ms.send
    shifted = lambda channel, tag, message: real(  # noqa: E731
        channel, tag, message.model_copy(update={"number": 5}) if tag == ms.VERDICT else message
    )
    monkeypatch.setattr(ms, "send", shifted)
    session = site.connect()
    session.prepare()
    with pytest.raises(WireError, match="another run"):
        session.run(clear_picture()[0][None])


@pytest.mark.parametrize("served", Setting)
def test_servers_of_another_setting_are_refused_by_name(tmp_path, served):
    other = next(setting for setting in Setting if setting is not served)
    site = Site(tmp_path / "pki", residual(), setting=served)
    if other is Setting.FOUR_ACTIVE:  # who asks was told of a fourth, which is another's first
        site.peers[Role.WITNESS] = site.peers[Role.FIRST]
    with pytest.raises(HandshakeError, match=served.value):
        AskingSession.connect(site.neighbours(), residual().plan.plan_hash, setting=other)
    site.close()


@pytest.mark.parametrize(("parties", "active"), [(2, True), (4, False), (5, True), (1, False)])
def test_settings_that_are_not_there_are_refused(parties, active):
    with pytest.raises(Exception, match=f"{parties} {'active' if active else 'passive'} parties"):
        setting_of(parties, active)
