"""Writes the tables of bench/README.md and the pictures of bench/plots from the measurements in bench/results."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.draw import tables
from bench.draw.parties import parties_plots, parties_table
from bench.draw.peers import peers_plot, peers_table
from bench.draw.plots import plots
from bench.draw.results import ResultError, load
from bench.draw.videos import videos_table
from bench.draw.worth import worth_of, worth_plot, worth_table
from bench.pair.models import SHIPPED
from snni.errors import SnniError

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- report:begin -->", "<!-- report:end -->"


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="./run bench report", description=__doc__)
    made.add_argument("--results", type=Path, default=HERE / "results", help="directory of JSON files")
    made.add_argument("--readme", type=Path, default=HERE / "README.md", help="where the tables go, between its marks")
    made.add_argument("--plots", type=Path, default=HERE / "plots", help="directory for the pictures")
    return made


def section(results: Path, pictures: Path, beside: Path) -> tuple[str, dict[str, str]]:
    """(what stands between the marks, SVG by file name). Raises ResultError."""
    found = load(list(results.glob("*.json")))
    inferences = found.inferences
    before, after = (load(list((results / one).glob("*.json"))).inferences for one in ("before", "before/after"))
    drawn, folder = plots(inferences), os.path.relpath(pictures, beside)
    parts: list[str] = []
    if found.everything():
        parts += ["## Machines", tables.sources(found.everything())]
    if inferences:
        parts += ["## One image", tables.inference_table(inferences)]
        parts += [f"![{name.removesuffix('.svg').replace('-', ': ', 1)}]({folder}/{name})" for name in drawn]
        cost = worth_of(SHIPPED)
        drawn["worth.svg"] = worth_plot(cost)
        parts += ["## What a network costs and what it reads", WORTH, worth_table(cost, inferences)]
        parts += [f"![worth: megabytes and levels right]({folder}/worth.svg)"]
        if before:
            parts += ["## Before and after", BEFORE, tables.before_table(before, after)]
        parts += ["## Who waits for whom", tables.waiting_table(inferences)]
        parts += ["## The links as they were", tables.link_table(inferences)]
    for capacity in found.capacities:
        parts += ["## Cameras on one core of the edge", tables.capacity_table(capacity)]
    if found.shared:
        among = parties_plots(found.shared)
        drawn |= among
        parts += ["## Among three or four servers", SHARED, parties_table(found.shared)]
        parts += [
            f"![parties: {name.removeprefix('parties-').removesuffix('.svg')}]({folder}/{name})" for name in among
        ]
    if found.peers:
        pictures_of = {f"peers-{one['model']}.svg": peers_plot(one) for one in found.peers}
        drawn |= pictures_of
        parts += ["## Beside SPU", PEERS, peers_table(found.peers)]
        parts += [
            f"![peers: {name.removeprefix('peers-').removesuffix('.svg')}]({folder}/{name})" for name in pictures_of
        ]
    if found.videos:
        parts += ["## Videos", VIDEOS, videos_table(found.videos)]
    if found.wards:
        parts += ["## From an event to the ward's screens", tables.ward_table(found.wards)]
    parts += ["## Others, elsewhere or earlier", ELSEWHERE, tables.elsewhere_table()]
    return "\n\n".join(parts), drawn


WORTH = (
    "The networks that ship, one frame by tables; levels right are of drawn people unseen in training, as each card "
    "says for its integers, each of its own people. SqueezeNet has seen drawn faces alone, and reads no real ones."
)
BEFORE = "Two commits in turns on one machine; amortised over a batch."
SHARED = "All servers and who asks share this machine's cores, over TLS; medians of one image."
VIDEOS = (
    "A video whose frames are selected obliviously, from its shares to one label, all parties on this machine's cores, "
    "over TLS on loopback; medians. PPVC's own figures are published, of a video of RAVDESS, each server on 32 "
    "cores, its work ahead included."
)
PEERS = (
    "SecretFlow SPU 0.9.5 and this project in one run, the same weights and images, every party a process on loopback; "
    "this project over TLS, SPU over links in the clear. Not the same protection: SPU's Semi2k is as it comes, with a "
    "first party that knows all triples; SPU ends at scores, this project at a level."
)
ELSEWHERE = (
    "None of these was measured with the figures above: other machines, other days, other networks' heads. They say "
    "what order of magnitude was usual. One inference, everything included."
)


def written(readme: Path, between: str) -> str:
    """The page with this between its marks. Raises ResultError without marks."""
    text = readme.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ResultError(f"{readme}: needs {BEGIN} and {END} once each")
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + between + "\n" + END + rest.split(END)[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what is wrong."""
    options = parser().parse_args(arguments)
    console = Console(stderr=True)
    try:
        between, drawn = section(options.results, options.plots.resolve(), options.readme.resolve().parent)
        text = written(options.readme, between)
        options.plots.mkdir(parents=True, exist_ok=True)
        for stale in options.plots.glob("*.svg"):
            stale.unlink()
        for name, svg in drawn.items():
            (options.plots / name).write_text(svg)
        options.readme.write_text(text)
    except (ResultError, SnniError, OSError, ValueError, KeyError) as error:
        console.print(f"bench report: {error}", style="red", markup=False, soft_wrap=True)
        return 2
    console.print(f"{options.readme}, {len(drawn)} pictures", markup=False, soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
