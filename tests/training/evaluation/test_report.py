"""The whole command on drawn people: figures in JSON, and a page that loads nothing and warns first."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tests.training.evaluation.well_formed import parsed
from training.commands.evaluate import add_to_card, main
from training.data.build import samples_of
from training.evaluation.errors import NetworkError
from training.evaluation.measure import keyframes
from training.evaluation.report import page
from training.evaluation.watch import Watch
from training.evaluation.words import level_names
from training.networks.squeezenet import SqueezeNet
from training.runs.model_card import Origin, statement
from training.synth.splits import seed_of

BUNDLE = Path(__file__).parents[3] / "models" / "squeezenet-synthetic"


def save_crops(path: Path, people: range) -> None:
    samples = [one for number in people for one in samples_of(seed_of("test", number), per_level=1)[0]]
    units = np.array([list(vars(one.units).values()) for one in samples], np.float32)
    np.savez(path, images=np.stack([one.crop for one in samples]), units=units,
             levels=np.array([one.units.level for one in samples], np.int64),
             pspi=np.array([one.units.pspi for one in samples]),
             identities=np.array([one.identity for one in samples], np.int64))  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of the shipped bundle on five drawn people, and on two that are watched for half a minute and more."""
    folder = tmp_path_factory.mktemp("evaluation")
    save_crops(folder / "test.npz", range(6000, 6005))
    words = ["--bundle", str(BUNDLE), "--data", str(folder / "test.npz"), "--training-data", str(folder / "none"),
             "--watch-people", "2", "--watch-minutes", "1", "--draws", "20", "--out", str(folder / "out")]  # fmt: skip
    assert main(words) == 0
    return folder


def test_the_figures_are_those_of_the_shipped_network(made: Path) -> None:
    result = json.loads((made / "out" / "report.json").read_text())
    stills = result["stills"]
    assert stills["people"] == 5 and stills["headlines"]["accuracy"]["value"] >= 0.7
    low, high = stills["headlines"]["accuracy"]["interval"]
    assert low <= stills["headlines"]["accuracy"]["value"] <= high
    assert sum(map(sum, stills["confusion"])) == stills["crops"]
    assert result["integers"]["same_level"] >= 0.9 * result["integers"]["count"]
    alarms = result["watch"]["alarms"]
    assert alarms["episodes"] >= 2 and alarms["hours"] == pytest.approx(2 / 60, rel=0.2)
    assert alarms["episodes_met"] >= 1
    assert {row["kind"] for row in stills["groups"]} >= {"skin tone", "age", "glasses", "sex"}
    assert Watch(2, 1).file(made).is_file()


def test_the_page_warns_first_loads_nothing_and_is_well_formed(made: Path) -> None:
    html = (made / "out" / "report.html").read_text()
    found = parsed(html)
    assert found.text[0].startswith("This report is about drawn faces")
    assert "not shown that the people" in found.text[1]
    assert found.loaded == [] and "<script" not in html and "url(" not in html and "@import" not in html
    assert "prefers-color-scheme: dark" in html
    assert html.count("<svg") >= 6 and html.count("<title>") == html.count("<svg") + 1
    assert not re.search(r"\bnan\b|None", html)


def test_a_split_by_frame_is_stamped(made: Path) -> None:
    result = json.loads((made / "out" / "report.json").read_text())
    found = parsed(page(result | {"split_by": "frame", "drawn": False}))
    assert found.text[0].startswith("SPLIT BY FRAME")


def test_words_from_outside_are_escaped(made: Path) -> None:
    result = json.loads((made / "out" / "report.json").read_text())
    html = page(result | {"data": "<script>alert(1)</script>", "watch": None, "integers": None})
    assert "<script" not in html and "&lt;script&gt;" in html


def test_a_bundles_card_takes_the_groups_and_a_later_reports_in_their_place(made: Path, tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    origin = Origin("squeezenet", (), True, "drawn faces")
    card.write_text(statement(origin) + "# rest of the card\n\n- headroom\n")
    result = json.loads((made / "out" / "report.json").read_text())
    add_to_card(tmp_path, result)
    first = card.read_text()
    assert "not measured" not in first and first.count("## By group") == 1 and "| glasses: " in first
    assert first == statement(replace(origin, report=result)) + "# rest of the card\n\n- headroom\n"
    result["stills"]["groups"] = result["stills"]["groups"][:1]
    add_to_card(tmp_path, result)
    again = card.read_text()
    assert again.count("## By group") == 1 and len(again) < len(first) and again.endswith("- headroom\n")
    card.write_text("nothing of that kind")
    with pytest.raises(NetworkError, match=r"card\.md: the card has no part"):
        add_to_card(tmp_path, result)


def test_a_float_network_alone(made: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    save_file(SqueezeNet().state_dict(), tmp_path / "w.safetensors")
    words = ["--weights", str(tmp_path / "w.safetensors"), "--data", str(made / "test.npz"), "--watch-people", "0",
             "--draws", "5", "--out", str(tmp_path)]  # fmt: skip
    assert main(words) == 0
    result = json.loads((tmp_path / "report.json").read_text())
    assert result["integers"] is None and result["watch"] is None
    assert result["stills"]["headlines"]["accuracy"]["value"] < 0.7
    parsed((tmp_path / "report.html").read_text())


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "name a network"),
        (["--bundle", "nowhere"], "nowhere"),
        (["--bundle", str(BUNDLE), "--data", "nowhere.npz"], "./run train default"),
        (["--bundle", str(BUNDLE), "--manifest", "x.csv"], "--crops"),
        (["--bundle", str(BUNDLE), "--weights", "x.pt"], "either"),
    ],
)
def test_errors_are_one_clear_line(words: list[str], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert error in said and said.count("\n") == 1


def test_keyframes_are_a_period_apart() -> None:
    assert keyframes(np.arange(0, 12, 0.04)).tolist() == [0, 125, 250]
    assert keyframes(np.array([0.0, 5.0, 9.0, 10.0])).tolist() == [0, 1, 3]


def test_levels_have_their_own_names() -> None:
    assert level_names(4, ("0", "1", "2", "3")) == ["no pain", "mild", "moderate", "severe"]
    assert level_names(2, ("no pain", "pain")) == ["no pain", "pain"]
    assert level_names(7)[6] == "level 6"
