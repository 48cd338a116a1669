"""Measured seconds that predictions are fitted to: measurements.json, extracted from results of `./run bench snni`.

    python -m training.cost.measurements FOLDER     # extract it anew, from a folder of such results

Each row says which result it is of. They are of one comparison protocol.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from snni.twoparty.nonlinear.compare import ComparisonName

FILE = Path(__file__).with_name("measurements.json")
PROTOCOL: ComparisonName = "leaf"
"""What they compare by, and so what is priced. A session may take another."""
Counts = Mapping[str, float]
"""macs, comparisons; online_bytes, online_flights; linear_bytes, linear_flights; other_bytes, other_flights."""


@dataclass(frozen=True)
class Link:
    """bytes_per_s: 0 where the machine's own speed is the limit. one_way_s: of a message."""

    name: str
    bytes_per_s: float
    one_way_s: float

    def seconds(self, counts: Counts, phase: str) -> float:
        """What the phase's bytes and flights wait for."""
        sent = counts[f"{phase}_bytes"] / self.bytes_per_s if self.bytes_per_s else 0.0
        return sent + counts[f"{phase}_flights"] * self.one_way_s


@dataclass(frozen=True)
class Measurement:
    """One network over one link. source: the result's name, commit and machine. seconds: online, linear, other."""

    source: str
    link: Link
    counts: Counts
    seconds: Mapping[str, float]


def measurements(path: Path = FILE) -> list[Measurement]:
    """Those of the file."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Measurement(row["source"], Link(**row["link"]), row["counts"], row["seconds"]) for row in rows]


def extracted(results: Path) -> list[Measurement]:
    """Of a folder's results, in the order of their names."""
    found: list[Measurement] = []
    for path in sorted(results.glob("*.json")):
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if said.get("bench") == "snni" and PROTOCOL in said["options"].values():
            found += _rows(path.stem, said)
    return found


def _rows(name: str, said: Mapping[str, Any]) -> Iterator[Measurement]:
    where = said["link"]
    link = Link(said["options"]["link"], where["rate_bytes_per_s"], where["round_trip_ms"] / 2e3)
    by = f"{name}, commit {said.get('commit', '')}, {dict(said.get('machine', {})).get('cpu', '')}"
    for kind in ("batch_1", "amortised"):
        if kind in said:
            yield Measurement(f"{by}, {kind}", link, *_row(said["cost"], said[kind]))


def _row(cost: Mapping[str, Any], measured: Mapping[str, Any]) -> tuple[Counts, Mapping[str, float]]:
    online, linear, other = measured["online"], measured["offline"]["linear"], measured["offline"]["nonlinear"]
    counts = {"macs": cost["macs"], "comparisons": cost["comparisons"]}
    counts |= {"online_bytes": online["bytes"], "online_flights": online["flights"]}
    for phase, one in (("linear", linear), ("other", other)):
        counts |= {f"{phase}_{what}": one[what]["median"] for what in ("bytes", "flights")}
    phases = zip(("online", "linear", "other"), (online, linear, other), strict=True)
    return counts, {phase: one["seconds"]["median"] for phase, one in phases}


def main(argv: Sequence[str] | None = None) -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="folder of JSON files that `./run bench snni --json` wrote")
    rows = [asdict(one) for one in extracted(parser.parse_args(argv).results)]
    FILE.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
