"""What who asks of three servers, or four, is told: the reference's levels, and a video's label."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import CorrelationError, ParameterError, PeerError
from snni.multiparty.roles import Role
from snni.multiparty.session.inference import ServersInference
from tests.snni.multiparty.session.site import FRAMES, Site
from tests.support.networks import clear_picture, residual
from tests.support.video_labels import sure_picture


def test_levels_are_the_references(site):
    picture, level = clear_picture()
    session = site.connect()
    for images in (1, 3):
        session.prepare(images)
    session.keep_alive()
    assert session.run(picture[None]).results == (level,)
    assert session.run(np.repeat(picture[None], 3, axis=0)).results == (level,) * 3
    with pytest.raises(CorrelationError):
        session.run(picture[None])
    session.close()


def test_a_video_of_one_picture_has_its_label(site):
    picture, level = sure_picture(site.bundle)
    session = site.connect()
    assert (session.video.frames, session.video.selected) == (FRAMES, 3)
    session.prepare_video()
    session.prepare()
    other = np.random.default_rng(0).integers(0, 256, picture.shape, np.uint8)
    video = np.stack([picture, other, picture, other, picture])  # those between are not selected
    assert session.run(video).results == (level,)
    assert session.run(picture[None]).results == (level,)
    session.close()


def test_shares_without_a_selection_classify_no_video(tmp_path):
    site = Site(tmp_path, residual(), selection=None)
    session = site.connect()
    with pytest.raises(ParameterError, match="no share of a selection"):
        session.prepare_video()
    session.prepare()
    session.close()
    site.close()


def test_a_room_uses_it_as_any_other_session(site):
    picture, level = clear_picture()
    heard = []
    session = ServersInference.connect(
        site.neighbours(), site.bundle.plan.plan_hash, lambda event, number: heard.append((event, number)), site.setting
    )
    assert session.ready == 0 and not session.ended
    for _ in range(2):
        session.advance()
    assert session.ready == 2
    results = [session.infer(picture) for _ in range(2)]
    assert [result.outcome.level for result in results] == [level] * 2
    assert [result.number for result in results] == [0, 1]
    assert all(result.online.seconds > 0 and result.offline_s > 0 for result in results)
    assert [event for event in heard if event[0] == "claimed"] == [("claimed", 0), ("claimed", 1)]
    with pytest.raises(CorrelationError):
        session.infer(picture, wait_s=0.05)
    site.servers[Role.SECOND].close()
    with pytest.raises(PeerError):
        session.advance()
    assert session.ended
    session.close()
