"""What `veilward doctor` looks at where `snni_server` runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from services.runtime.certificates import CertificateFiles
from services.runtime.doctor.files import certificates
from services.runtime.doctor.finding import Examination, Finding, Look, fail, ok
from services.runtime.doctor.machine import answers, clock_held
from services.runtime.settings import ServiceSettings
from services.snni_server.settings import SnniServerSettings
from snni.errors import SnniError
from snni.model.bundle import Bundle
from snni.model.plan import Plan

OWN_ID = "spiffe://veilward/edge/snni_server/"
PINNED = "VEILWARD_SNNI_CLIENT_PLAN_HASH"


def looks(settings: ServiceSettings) -> dict[str, Look]:
    """The service itself, its certificate, the network that it serves."""
    if not isinstance(settings, SnniServerSettings):
        return {}
    files = CertificateFiles("snni", settings.certificate, settings.key, settings.ca)
    found: dict[str, Look] = {
        "service": partial(answers, settings),
        "snni certificates": partial(certificates, files, OWN_ID if settings.share is None else ""),
        "clock": clock_held,
    }
    if settings.bundle is not None:
        found["network"] = partial(_network, settings.bundle)
    return found


async def _network(bundle: Path) -> Sequence[Finding]:
    """Whether weights and plan belong together, and whether it is the plan that a room of this machine has pinned."""
    try:
        plan = (await asyncio.to_thread(Bundle.load, bundle)).plan
    except SnniError as error:
        return [fail("network", str(error), "put the whole bundle there, as its provider gave it")]
    return [ok("network", f"{plan.name} is whole"), _pinned(plan)]


def _pinned(plan: Plan) -> Finding:
    pinned = os.environ.get(PINNED)
    if pinned is not None and pinned != plan.plan_hash:
        said = f"served is {plan.plan_hash}, the room has pinned {pinned[:64]}"
        return fail("plan", said, f"serve what was agreed, or review the plan and set {PINNED}")
    return ok("plan", f"{plan.plan_hash}; rooms must have pinned it")


EXAMINATION = Examination(SnniServerSettings, looks)
