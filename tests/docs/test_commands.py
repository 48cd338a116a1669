"""Commands and options on the pages are those that `./run` takes, and what they name is there."""

from __future__ import annotations

import re
import subprocess
from contextlib import nullcontext

import pytest

from services.alerts.main import COMMANDS
from tests.docs.pages import ROOT, TEXTS, every_page, section
from training.backbones import NAMES
from training.datasets.catalogue import LAYOUTS
from training.networks.registry import COMPILED
from training.recipe.files import paths

RUN = (ROOT / "run").read_text()
SOURCES = {
    "share-model": "snni/multiparty/__main__.py",
    "demo": "demo/launch.py",
    "classify": "localsite/classify.py",
    "infer": "localsite/infer.py",
    "compile": "snni/compile/__main__.py training/commands/compile.py",
    "train": "training/engine/options.py training/commands/default.py training/commands/landmarks.py "
    "training/commands/prepare.py training/commands/recipe.py training/commands/aware.py training/commands/distil.py "
    "training/commands/expression.py training/commands/adapt.py training/commands/narrow.py",
    "evaluate": "training/commands/evaluate.py",
    "explain": "training/commands/explain.py training/commands/evaluate.py",
    "known-pictures": "training/commands/known.py",
    "overlay": "services/site/overlay/__main__.py",
    "test": "run",
}


def commands() -> set[str]:
    """The commands of ./run: the labels of its last case statement."""
    cases = RUN.rsplit("case $command in", 1)[1].split("\nesac", 1)[0]
    return {label.strip() for line in re.findall(r"^  ([a-z |-]+)\)", cases, re.M) for label in line.split("|")}


@every_page
def test_every_command_is_one(name: str) -> None:
    said = set(re.findall(r"\./run ([a-z][a-z-]*)", TEXTS[name]))
    assert said <= commands()


def test_every_command_is_told() -> None:
    listed = {one for one in commands() if not one.startswith("-")}
    assert len(listed) >= 8
    assert listed == set(re.findall(r"^\| `\./run ([a-z-]+)` \|", TEXTS["docs/commands.md"], re.M))


def test_the_benchmarks_are_told_and_nothing_else_is_one() -> None:
    measures = {path.stem for path in (ROOT / "bench").glob("*.py") if "\nif __name__" in path.read_text()}
    assert "machine" not in measures and len(measures) > 10
    refused = subprocess.run([ROOT / "run", "bench", "machine"], capture_output=True, text=True)
    assert refused.returncode == 2 and set(refused.stderr.split(": ")[2].split()) == measures
    told = re.search(r"^  bench +measurements as JSON: ([a-z, ]+); (report)", RUN, re.M)
    assert told is not None and {*told[1].split(", "), told[2]} == measures


@every_page
def test_every_option_is_taken(name: str) -> None:
    for command, rest in re.findall(r"\./run ([a-z]+(?:-[a-z]+)?)((?:[^`\n]|\\\n)*)", TEXTS[name]):
        words = rest.split("#")[0].split()
        source = f"bench/{words[0]}.py" if command == "bench" and words else SOURCES.get(command)
        for option in re.findall(r"--[a-z][a-z-]*", rest.split("#")[0]):
            assert source is not None, f"./run {command} takes no options"
            known = "".join((ROOT / one).read_text() for one in source.split())
            assert option == "--help" or re.search(rf'["\s(]{option}["\s)]', known), f"{command} {option}"


def test_the_networks_are_told_and_which_of_them_compile() -> None:
    compiled, others = section("docs/trainer.md", "Networks").split(" compile. ", 1)
    assert set(re.findall(r"`(\w+)`", compiled)) == COMPILED.keys()
    assert set(re.findall(r"`(\w+)`", others)) == set(NAMES) - COMPILED.keys()


def test_the_recipes_are_told() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \|", section("docs/trainer.md", "Recipes"), re.M)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(paths())


def test_the_data_sets_are_told() -> None:
    names = {layout.title.split()[0].strip(",") for layout in LAYOUTS if layout.licence}
    assert len(names) >= 5
    assert names <= set(re.split(r"[\s,]+", section("docs/trainer.md", "Photographs that you hold")))


def test_the_options_of_the_demo_are_taken() -> None:
    taken = re.findall(r'add_argument\(\s*"(--[a-z]+)"', (ROOT / SOURCES["demo"]).read_text())
    assert len(taken) >= 7
    assert set(taken) == set(re.findall(r"^\| `(--[a-z]+)", section("docs/commands.md", "The demo"), re.M))


def test_the_commands_of_an_installation_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = section("docs/commands.md", "Of an installation")
    rows = dict(re.findall(r"^\| `veilward-alerts ([a-z-]+)` \| (.+) \|$", told, re.M))
    assert rows.keys() == COMMANDS.keys()
    for name, command in COMMANDS.items():
        with pytest.raises(SystemExit) if name != "consent-key" else nullcontext():
            command(["--help"])
        words = re.search(r"\{([a-z,]+)\} \.\.\.", capsys.readouterr().out)
        assert all(f"`{word}`" in rows[name] for word in (words[1].split(",") if words else ()))


@every_page
def test_factories_that_are_named_exist(name: str) -> None:
    for module, factory in re.findall(r"--module ([\w.]+):(\w+)", TEXTS[name]):
        if module != "package.module":
            path = ROOT / (module.replace(".", "/") + ".py")
            assert re.search(rf"^(class|def) {factory}\b", path.read_text(), re.M)
