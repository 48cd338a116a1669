"""Three active servers over real TLS: who asks takes a mask of the results where all three tell the same."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import DeviationError
from snni.multiparty.prove.batch import ProvedBatch
from snni.multiparty.roles import Role, Setting
from snni.multiparty.session.dealing import DealerSession
from tests.snni.multiparty.session.site import Site
from tests.support.networks import little


@pytest.mark.parametrize("liar", [Role.DEALER, Role.FIRST, Role.SECOND], ids=lambda role: role.value)
def test_one_that_tells_another_mask_of_the_results_ends_the_session(tmp_path, monkeypatch, liar):
    """Everything else it does as it should, so no proof fails."""
    owner, name = (DealerSession, "_made") if liar is Role.DEALER else (ProvedBatch, "prepare_proved")
    real = getattr(owner, name)

    def lying(self, *arguments):
        if liar is Role.DEALER:
            *before, masks = arguments
            return real(self, *before, masks ^ np.uint32(1))
        half = real(self, *arguments)
        return half ^ np.uint32(1) if self._model.role is liar else half

    site = Site(tmp_path, little(), setting=Setting.THREE_ACTIVE)
    session = site.connect()
    monkeypatch.setattr(owner, name, lying)
    with pytest.raises(DeviationError):
        session.prepare()
    assert session.ended
    site.close()
