"""What one client may have of the servers, whichever certificates it shows."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import PeerError
from snni.multiparty.roles import EVALUATORS, Setting
from snni.multiparty.session.parties import Limits
from snni.session import budget
from tests.snni.multiparty.session.site import CLIENT_ID, Site
from tests.support.networks import clear_picture, residual
from tests.support.waiting import until


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_a_client_has_its_inferences_of_a_day_whatever_it_shows(tmp_path, setting):
    """A batch counts as the levels that it gives. Either evaluator counts for itself."""
    site = Site(tmp_path, residual(), Limits(max_inferences_per_day=3), setting)
    picture, level = clear_picture()
    pictures = np.repeat(picture[None], 2, axis=0)

    def ask(name):
        session = site.connect(name)
        try:
            session.prepare(2)
            return session.run(pictures).results
        finally:
            session.close()

    assert ask("asker") == (level, level)
    with pytest.raises(PeerError):
        ask("asker_renewed")
    until(lambda: any("its 3 inferences of the day" in str(error) for *_, error in site.errors))
    assert ask("other") == (level, level)
    for role in EVALUATORS:
        assert site.servers[role].budget.taken == {CLIENT_ID: 2, f"{CLIENT_ID}1": 2}
    site.close()


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_what_is_prepared_and_never_claimed_is_counted_whatever_it_shows(tmp_path, setting, monkeypatch):
    """Two for each inference that it may have."""
    monkeypatch.setattr(budget, "BATCH", 0)
    site = Site(tmp_path, residual(), Limits(max_inferences_per_day=1), setting)
    for _ in range(2):
        session = site.connect()
        session.prepare()
        session.close()
    with pytest.raises(PeerError, match="2 inferences of the day prepared"):
        site.connect("asker_renewed")
    for role in EVALUATORS:
        assert site.servers[role].budget.ordered == {CLIENT_ID: 2}
        assert site.servers[role].budget.taken == {}
    site.close()


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_for_a_client_that_has_had_its_day_nothing_is_prepared(tmp_path, setting):
    """Neither in a new session nor in those that stand: that of the last inference too, once its result was heard."""
    site = Site(tmp_path, residual(), Limits(max_inferences_per_day=1), setting)
    picture, level = clear_picture()
    standing, session = site.connect(), site.connect()
    session.prepare()
    assert session.run(picture[None]).results == (level,)
    with pytest.raises(PeerError, match="its 1 inferences of the day"):
        site.connect("asker_renewed")
    session.keep_alive()
    for one in (session, standing):
        with pytest.raises(PeerError):
            one.prepare()
        one.close()
    made = [role for role, event, _ in site.events if event == "made" and role in EVALUATORS]
    assert len(made) == 2 and set(made) == set(EVALUATORS)
    site.close()


def test_a_client_has_its_share_of_sessions_whatever_it_shows(tmp_path):
    site = Site(tmp_path, residual(), Limits(max_sessions_per_client=1))
    first, other = site.connect("asker"), site.connect("other")
    with pytest.raises(PeerError, match="another session of this client"):
        site.connect("asker_renewed")
    for session in (first, other):
        session.prepare()
        session.close()
    site.close()
