"""Both services of the inference as real processes around a small network, and the buses around them."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localsite import parties
from localsite.nats_pair import NatsPair
from services.bus.subjects import STREAM_WARD
from tests.services.snni_client.room import Room
from tests.support.networks import grey


class Line(Room):
    """Both services and the buses around them."""

    def __init__(
        self,
        directory: Path,
        pair: NatsPair,
        crop: str = "48x48x1",
        selection: NDArray[np.int8] | None = None,
        **client: object,
    ) -> None:
        bundle = directory / "bundle"
        grey().save(bundle)
        asked: dict[str, object] = {}
        if selection is not None:
            asked["selection"] = directory / "selection.npy"
            np.save(directory / "selection.npy", selection)
        self.server = parties.server(bundle, directory, pair.pki, settings=asked).start()
        edge = {"edge_url": f"snni://127.0.0.1:{self.server.ports()['snni']}"}
        self.server.stay_on(listen_port="snni")
        super().__init__(directory, pair, edge | client, crop)

    def stop(self) -> None:
        super().stop()
        self.server.stop()


@asynccontextmanager
async def exported(pair: NatsPair):
    """What the hub's stream holds, by kind."""
    async with pair.bus("alerts") as bus:

        async def messages(kind):
            since = datetime.now(UTC) - timedelta(hours=1)
            return [m async for m in bus.replay(STREAM_WARD, since) if isinstance(m, kind)]

        yield messages
