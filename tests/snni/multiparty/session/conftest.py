"""The servers of each setting."""

from __future__ import annotations

import pytest

from snni.multiparty.roles import Setting
from tests.snni.multiparty.session.site import Site
from tests.support.networks import residual


@pytest.fixture(params=Setting, ids=lambda setting: setting.value)
def site(tmp_path, request):
    made = Site(tmp_path / "pki", residual(), setting=request.param)
    yield made
    made.close()
