"""What `veilward doctor` looks at where `keyframe` runs."""

from __future__ import annotations

from functools import partial

from services.bus.examination import bus_looks
from services.keyframe.settings import KeyframeSettings
from services.runtime.doctor.finding import Examination, Look
from services.runtime.doctor.machine import answers, clock_held
from services.runtime.doctor.memory import no_swap
from services.runtime.settings import ServiceSettings
from services.site.examination import site_file


def looks(settings: ServiceSettings) -> dict[str, Look]:
    """The service itself, its certificate, the bus, the site's file."""
    if not isinstance(settings, KeyframeSettings):
        return {}
    return {
        "service": partial(answers, settings),
        **bus_looks(settings, "keyframe"),
        "site's file": partial(site_file, settings.site_file),
        "clock": clock_held,
        "swap": no_swap,
    }


EXAMINATION = Examination(KeyframeSettings, looks)
