"""What `veilward doctor` looks at where the probe runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from services.probe.settings import ProbeSettings
from services.runtime.certificates import CertificateFiles
from services.runtime.doctor.files import certificates
from services.runtime.doctor.finding import Examination, Finding, Look, fail, ok
from services.runtime.doctor.machine import answers
from services.runtime.settings import ServiceSettings
from video.errors import VideoError
from video.file import pictures


def looks(settings: ServiceSettings) -> dict[str, Look]:
    """The service itself, its camera's token, its clip, whose certificates it believes."""
    if not isinstance(settings, ProbeSettings):
        return {}
    found: dict[str, Look] = {
        "service": partial(answers, settings),
        "token": partial(_token, settings.token_file),
        "clip": partial(_clip, settings.clip),
    }
    if settings.ca is not None:
        found["ingest's authority"] = partial(certificates, CertificateFiles("web", None, None, settings.ca))
    return found


async def _token(path: Path) -> Sequence[Finding]:
    try:
        token = (await asyncio.to_thread(path.read_text, "ascii")).strip()
    except (OSError, UnicodeDecodeError):
        return [fail("token", f"{path} cannot be read", "put the camera's token there, and its SHA-256 into site.yaml")]
    return [ok("token", "is there") if token else fail("token", f"{path} is empty", "put the camera's token there")]


async def _clip(path: Path) -> Sequence[Finding]:
    try:
        await asyncio.to_thread(next, pictures(path))
    except VideoError as error:
        return [fail("clip", str(error), "name a video of a hurting drawn face, or leave the setting out")]
    return [ok("clip", "can be played")]


EXAMINATION = Examination(ProbeSettings, looks)
