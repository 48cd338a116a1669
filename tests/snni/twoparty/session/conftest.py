"""A server of a small network, for tests that need no other."""

import pytest

from tests.support.networks import residual
from tests.support.peers import peers


@pytest.fixture
def served(tmp_path, pki):
    with peers(tmp_path, pki, residual()) as one:
        yield one
