"""What `veilward doctor` looks at beside a room's leaf, as the identity that makes its stream OUT."""

from __future__ import annotations

from services.bus.examination import bus_looks
from services.bus.provision import BridgeSettings
from services.bus.settings import BusSettings
from services.runtime.doctor.finding import Examination, Look
from services.runtime.settings import ServiceSettings


def looks(settings: ServiceSettings) -> dict[str, Look]:
    """The bus alone: nothing else is this identity's."""
    return bus_looks(settings, "bridge") if isinstance(settings, BusSettings) else {}


EXAMINATION = Examination(BridgeSettings, looks)
