"""Three active servers of a network of few values."""

from __future__ import annotations

from tests.snni.multiparty.prove.servers import Three
from tests.support import networks


def little(directory):
    """Their shares of it, pictures uint8 [1, 1, 6, 6] of a clear level, that level."""
    picture, level = networks.clear_picture(networks.little)
    return Three(networks.little(), directory), picture[None], level
