"""What a mutant of three active servers leaves right: the level of a clear picture, run after run.

Not collected by itself: `kill` runs it on each mutant that says it keeps results.
"""

from pathlib import Path

from snni.multiparty.roles import Setting
from tests.snni.multiparty.session.site import Site
from tests.support.networks import clear_picture, little


def test_levels_are_right(tmp_path: Path) -> None:
    picture, level = clear_picture(little)
    site = Site(tmp_path, little(), setting=Setting.THREE_ACTIVE)
    session = site.connect()
    try:
        for _ in range(2):
            session.prepare()
            assert session.run(picture[None]).results == (level,)
    finally:
        session.close()
        site.close()
