"""What a whole site takes from the bundle that it is given: the format in which its cameras' faces are cut."""

from __future__ import annotations

import pytest

from localsite.process import ProcessError
from localsite.site_file import write_site
from localsite.stack import cut_for
from services.site.file import load_site
from tests.support.networks import grey, residual


def test_cameras_cut_what_the_plan_takes(tmp_path):
    for plan in (grey().plan, grey().plan.model_copy(update={"crop": "224x224x3-close"})):
        write_site(tmp_path / "site.yaml", ["cam-1"], crops={"cam-1": cut_for(plan)})
        assert load_site(tmp_path / "site.yaml").entry("cam-1").crop == plan.crop_format


def test_a_network_of_other_pictures_is_refused_by_name():
    with pytest.raises(ProcessError, match="residual_toy takes 17x15x3; rooms cut 224x224x3, "):
        cut_for(residual().plan)
