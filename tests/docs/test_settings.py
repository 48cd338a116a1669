"""Where the installer's page sends whoever looks for a setting, every setting is explained."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from services.alerts.policy.thresholds import Thresholds
from services.alerts.settings import RULES
from services.bus.settings import BusSettings
from services.ingest.sources.pulling.options import PullingOptions
from services.ingest.sources.rtsp.options import RtspOptions
from services.ingest.sources.whep.options import WhepOptions
from services.runtime.settings import ServiceSettings
from tests.docs.pages import ROOT, section
from tests.docs.settings import SETTINGS

OF_EACH = [
    getattr(import_module(module), kind) for module, _, kind in (one.partition(":") for one in SETTINGS.values())
]
KINDS: list[type[ServiceSettings]] = [ServiceSettings, BusSettings, *OF_EACH]
APART: dict[str, tuple[type, ...]] = {
    "rtsp_": (PullingOptions, RtspOptions),
    "whep_": (PullingOptions, WhepOptions),
}
"""What says the rest of a setting that begins so; ingest's docstring names it."""


def explained(name: str, *kinds: type) -> bool:
    """Whether a docstring of these names it, whole or with a star for its end."""
    told = "\n".join(inspect.getdoc(one) or "" for one in kinds)
    stars = set(re.findall(r"\b([a-z]+_)\*", told)) - APART.keys()
    return re.search(rf"\b{name}\b", told) is not None or name.startswith(tuple(stars))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_setting_is_explained_where_it_is_declared(kind: type[ServiceSettings]) -> None:
    own = [name for name in kind.model_fields if name in inspect.get_annotations(kind)]
    assert own
    left = {name for name in own if not explained(name, kind)}
    left -= {name for name in left.intersection(RULES) if explained(name, Thresholds)}
    for prefix, kinds in APART.items():
        left -= {one for one in left if one.startswith(prefix) and explained(one.removeprefix(prefix), *kinds)}
    assert not left


def test_the_installers_page_names_each_place() -> None:
    told = section("docs/installer.md", "Settings")
    places = [Path(inspect.getfile(one)).relative_to(ROOT).as_posix() for one in (*KINDS, Thresholds)]
    assert [one for one in places if f"`{one}`" not in told] == []
