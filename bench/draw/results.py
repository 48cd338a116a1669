"""The measurements that bench/README.md tells of: JSON files, checked enough to be drawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.pair.models import NAMES
from localsite.links.link import LINKS

LINK_WORDS = {"loopback": "loopback", "lan": "LAN", "5g": "5G", "wan": "WAN"}


class ResultError(ValueError):
    """A file that is no measurement; says which."""


@dataclass(frozen=True)
class Inference:
    """One ./run bench snni."""

    file: str
    data: dict[str, Any]

    @property
    def model(self) -> str:
        return str(self.data["model"])

    @property
    def link(self) -> str:
        return str(self.data["link"]["name"])

    @property
    def way(self) -> str:
        """How the parties computed: comparison, OT, threads where there are several."""
        options = self.data["options"]
        threads = f", {options['threads']} threads" if options["threads"] > 1 else ""
        device = "" if options.get("device", "cpu") == "cpu" else f", {options['device']}"
        return f"{options['comparison']}, {options['ot']}{threads}{device}"

    @property
    def alone(self) -> dict[str, Any]:
        """One image at a time."""
        found: dict[str, Any] = self.data["batch_1"]
        return found

    @property
    def shared(self) -> dict[str, Any]:
        """The linear phase shared by a batch, where that was measured."""
        found: dict[str, Any] = self.data.get("amortised") or self.alone
        return found


@dataclass(frozen=True)
class Results:
    """What was measured; of inferences by model, way and link. shared: servers that share."""

    inferences: list[Inference]
    capacities: list[dict[str, Any]]
    wards: list[dict[str, Any]]
    shared: list[dict[str, Any]]
    peers: list[dict[str, Any]]
    videos: list[dict[str, Any]]

    def everything(self) -> list[dict[str, Any]]:
        """Each with its machine and commit."""
        others = (self.capacities, self.wards, self.shared, self.peers, self.videos)
        return [*(one.data for one in self.inferences), *(one for kind in others for one in kind)]


def load(paths: Sequence[Path]) -> Results:
    """The measurements that the page shows. Files of other benches are left out. Raises ResultError."""
    inferences: list[Inference] = []
    capacities: list[dict[str, Any]] = []
    wards: list[dict[str, Any]] = []
    shared: list[dict[str, Any]] = []
    peers: list[dict[str, Any]] = []
    videos: list[dict[str, Any]] = []
    for path in sorted(paths):
        try:
            data = json.loads(path.read_text())
            kind = data.get("bench")
            if kind == "snni":
                inferences.append(
                    Inference(path.name, _needs(data, "model", "machine", "commit", "options", "link", "batch_1"))
                )
            elif kind == "capacity":
                needed = ("model", "machine", "commit", "options", "alone", "cameras", "extrapolated")
                capacities.append(_needs(data, *needed))
            elif kind == "ward":
                wards.append(_needs(data, "machine", "commit", "parameters", "result"))
            elif kind == "parties":
                names = ("model", "machine", "commit", "setting", "together", "online", "ahead", "bytes", "rounds")
                shared.append(_needs(data, *names))
            elif kind == "peers":
                peers.append(_needs(data, "model", "machine", "commit", "together", "rows"))
            elif kind == "video":
                videos.append(_needs(data, "model", "machine", "commit", "frames", "selected", "reference", "rows"))
        except (ValueError, AttributeError, OSError) as error:
            raise ResultError(f"{path}: no measurement ({error})") from error
    models, links = list(NAMES), list(LINKS)

    def place(one: Inference) -> tuple[int, str, str, int]:
        known = models.index(one.model) if one.model in models else len(models)
        return known, one.model, one.way, links.index(one.link)

    shared.sort(key=lambda one: (one["model"], one["setting"]), reverse=True)
    return Results(sorted(inferences, key=place), capacities, wards, shared, peers, videos)


def _needs(data: dict[str, Any], *names: str) -> dict[str, Any]:
    missing = [name for name in names if name not in data]
    if missing:
        raise ValueError(f"lacks {', '.join(missing)}")
    return data
