"""The shipped SqueezeNet at 224x224 among servers of every setting: three active ones prove for far longer than any
message takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from snni.model.bundle import Bundle
from snni.multiparty.roles import Setting
from snni.multiparty.session.alive import kept_alive
from tests.snni.multiparty.session.site import Site
from tests.support.networks import clear_picture

pytestmark = pytest.mark.heavy

SHIPPED = Path(__file__).parents[4] / "models" / "squeezenet-synthetic"


@pytest.fixture(scope="module")
def shipped():
    """The bundle, a picture, and its level, which no rounding changes."""
    bundle = Bundle.load(SHIPPED)
    return bundle, *clear_picture(lambda: bundle)


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_its_level_is_the_references(tmp_path, shipped, setting):
    bundle, picture, level = shipped
    site = Site(tmp_path, bundle, setting=setting)
    session = site.connect()
    with kept_alive(session):
        session.prepare()
        assert session.run(picture[None]).results == (level,)
    session.close()
    site.close()
