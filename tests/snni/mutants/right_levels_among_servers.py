"""What a mutant of the engine among servers leaves right: the level of a clear picture and the label of a video.

Not collected by itself: `kill` runs it on each mutant of `snni/multiparty` that says it keeps results.
"""

from pathlib import Path

import numpy as np
import pytest

from snni.multiparty.roles import Setting
from tests.snni.multiparty.session.site import FRAMES, Site
from tests.support.networks import clear_picture, residual
from tests.support.video_labels import sure_picture


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_levels_and_labels_are_right(tmp_path: Path, setting: Setting) -> None:
    site = Site(tmp_path, residual(), setting=setting)
    picture, level = clear_picture()
    shown, label = sure_picture(site.bundle)
    session = site.connect()
    try:
        for _ in range(2):
            session.prepare()
            assert session.run(picture[None]).results == (level,)
        session.prepare_video()
        assert session.run(np.repeat(shown[None], FRAMES, axis=0)).results == (label,)
    finally:
        session.close()
        site.close()
