"""./run bench report: tables and pictures out of measurements, and nothing else on the page is touched."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from bench import report, snni
from bench.draw.elsewhere import FIGURES
from bench.draw.svg import Bar, Panel, chart, figures
from localsite.links.link import LINKS

PAGE = "# Page\n\nbefore\n<!-- report:begin -->\nold\n<!-- report:end -->\nafter\n"


@pytest.fixture(scope="module")
def measurement(small, tmp_path_factory):
    out = tmp_path_factory.mktemp("measured") / "out.json"
    assert snni.main(["--bundle", str(small), "--frames", "1", "--batch", "1", "--json", str(out)]) == 0
    return json.loads(out.read_text())


@pytest.fixture
def page(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "README.md").write_text(PAGE)
    return tmp_path


def write(page: Path) -> int:
    places = ["--results", str(page / "results"), "--readme", str(page / "README.md"), "--plots", str(page / "plots")]
    return report.main(places)


def test_measurements_become_tables_and_pictures(page, measurement):
    for link in ("loopback", "wan"):
        copy = measurement | {"link": measurement["link"] | LINKS[link].facts() | {"shaper": "relay"}}
        (page / "results" / f"{link}.json").write_text(json.dumps(copy))
    assert write(page) == 0
    text = (page / "README.md").read_text()
    assert text.startswith("# Page\n\nbefore\n") and text.endswith("after\n") and "old" not in text
    way = f"{measurement['options']['comparison']}, {measurement['options']['ot']}"
    assert f"| grey, loopback, {way} |" in text and f"| grey, WAN, {way} |" in text
    assert measurement["commit"] in text
    linked = re.findall(r"\]\((plots/[^)]+)\)", text)
    assert sorted(linked) == ["plots/links-grey.svg", "plots/where-grey.svg", "plots/worth.svg"]
    for path in linked:
        tags = [element.tag.rsplit("}", 1)[-1] for element in ElementTree.parse(page / path).getroot().iter()]
        assert {"title", "desc", "style", "rect", "text"} <= set(tags)


def test_what_ships_stands_with_its_cost_and_what_its_card_says(page, measurement):
    """SqueezeNet was measured here, by tables; of the other network only what is exact is told."""
    options = measurement["options"] | {"comparison": "tables"}
    copy = measurement | {
        "model": "squeezenet",
        "options": options,
        "link": measurement["link"] | LINKS["loopback"].facts(),
    }
    (page / "results" / "out.json").write_text(json.dumps(copy))
    assert write(page) == 0
    text = (page / "README.md").read_text().split("## What a network costs and what it reads")[1].split("## ")[0]
    rows = {cells[0]: cells[1:] for line in text.splitlines() if line.startswith("| ")
            if (cells := [cell.strip() for cell in line.strip("|").split("|")])}  # fmt: skip
    card = (Path(report.__file__).parents[1] / "models" / "squeezenet-synthetic" / "card.md").read_text()
    assert f"| everybody | {rows['squeezenet'][1]} |" in card and f"| {rows['squeezenet'][0]} |" in card
    assert rows["expression"][-3:] == ["-", "-", "-"] and float(rows["squeezenet"][-1]) > 0
    assert float(rows["squeezenet"][3]) > float(rows["expression"][3]) > 0
    drawing = (page / "plots" / "worth.svg").read_text()
    assert all(f"{name}: {rows[name][3]} MB" in drawing for name in ("squeezenet", "expression"))


def test_an_earlier_commit_stands_beside_a_later_one(page, measurement):
    (page / "results" / "before" / "after").mkdir(parents=True)
    slower = json.loads(json.dumps(measurement))
    slower["amortised" if "amortised" in slower else "batch_1"]["online"]["flights"] *= 2
    for place in (page / "results", page / "results" / "before" / "after"):
        (place / "now.json").write_text(json.dumps(measurement))
    (page / "results" / "before" / "then.json").write_text(json.dumps(slower | {"commit": "earlier"}))
    (page / "results" / "before" / "alone.json").write_text(json.dumps(slower | {"model": "squeezenet"}))
    assert write(page) == 0
    rows = [
        line for line in (page / "README.md").read_text().split("## Before and after")[1].split("## ")[0].splitlines()
    ]
    told = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("|")][2:]
    assert [row[1] for row in told] == ["earlier", measurement["commit"], "ratio"] and told[2][4] == "0.50"


def test_without_measurements_only_others_figures_stand_there(page):
    (page / "plots").mkdir()
    (page / "plots" / "stale.svg").write_text("<svg/>")
    assert write(page) == 0
    text = (page / "README.md").read_text()
    assert "None of these was measured with the figures above" in text
    assert all(one.system in text for one in FIGURES) and "## One image" not in text
    assert not list((page / "plots").iterdir())


def test_a_capacity_has_its_arithmetic_on_the_page(page, measurement):
    row = {"cameras": 2, "offered": 4, "completed": 3, "prepared": 3, "server_cpu_s_per_frame": 1.5}
    row |= {"latency_s": {"p50": 0.5, "p95": None, "max": 0.75}, "server_core_share": 0.25}
    row |= {"client_cpu_s": 2.0, "client_cores": 1}
    found = {"arithmetic": "5 s / (1 + 1)", "cameras_per_client_core": 3.0}
    options = {"comparison": "leaf", "ot": "softspoken", "period": 5.0, "seconds": 60.0}
    capacity = {"bench": "capacity", "model": "grey", "machine": measurement["machine"], "commit": "abc"}
    capacity |= {"options": options, "alone": {}, "cameras": [row], "extrapolated": found}
    (page / "results" / "capacity.json").write_text(json.dumps(capacity))
    assert write(page) == 0
    text = (page / "README.md").read_text()
    assert "5 s / (1 + 1)" in text and "| 2 | 4 | 3 | 3 | 0.50 / - / 0.75 | 1.50 | 25 % | 2.0 on 1 |" in text


def test_a_ward_has_a_row(page, measurement):
    result = {"shown_of_due": 0.995, "wait_s": {"p50": 0.03, "p90": 0.05, "p99": 0.17, "max": 0.3}}
    result |= {"alerts_core_share": 0.48, "read_bytes_per_screen_per_s": 78000.0, "resident_bytes": [180e6, 186e6]}
    given = {"cameras": 1000, "wards": 10, "rate": 200.0, "screens": 50, "seconds": 60.0}
    ward = {"bench": "ward", "machine": measurement["machine"], "commit": "abc", "parameters": given, "result": result}
    (page / "results" / "ward.json").write_text(json.dumps(ward))
    assert write(page) == 0
    row = "| 1000 in 10 wards | 200 | 50 | 60 | 99.5 % | 0.03 / 0.05 / 0.17 / 0.30 | 48 % | 78 | 180 to 186 |"
    assert row in (page / "README.md").read_text()


def test_servers_that_share_have_a_row(page, measurement):
    phase = {"seconds": {"median": 0.25}, "cpu_s": {"client": {"median": 9.0}, "dealer": {"median": 0.5}}}
    found = {"bench": "parties", "machine": measurement["machine"], "commit": "abc", "model": "grey", "rounds": 7}
    found |= {"setting": "three passive servers", "together": 2, "online": phase, "ahead": phase}
    found |= {"bytes": {"client": 10_000, "dealer": 2_000_000}, "memory_mb": {"client": 5.0, "dealer": 70.0}}
    (page / "results" / "parties.json").write_text(json.dumps(found))
    assert write(page) == 0
    row = "| grey, loopback | three passive servers | 2 | 0.250 | 0.250 | 0.500 | 0.500 / 0.500 | 2.0 | 0.01 | 7 | 70 |"
    assert row in (page / "README.md").read_text()
    found |= {"link": {"name": "5g"}, "setting": "four active servers", "bytes": found["bytes"] | {"witness": 500_000}}
    (page / "results" / "parties4.json").write_text(json.dumps(found))
    assert write(page) == 0
    text, drawn = (page / "README.md").read_text(), (page / "plots" / "parties-grey.svg").read_text()
    assert "| grey, 5G | four active servers | 2 |" in text and "plots/parties-grey.svg" in text
    assert "three passive 0.50 s, 2.01 MB; four active, 5G 0.50 s, 2.51 MB" in drawn
    assert all(f">{name}<" in drawn for name in ("who asks", "dealer", "witness"))


@pytest.mark.parametrize("content", ["nonsense", "[]", '{"bench": "snni"}'])
def test_a_file_that_is_no_measurement_is_named(page, content, capsys):
    (page / "results" / "bad.json").write_text(content)
    assert write(page) == 2
    assert "bad.json" in capsys.readouterr().err
    assert (page / "README.md").read_text() == PAGE


def test_a_page_without_marks_is_left_alone(page, capsys):
    (page / "README.md").write_text("# Page\n")
    assert write(page) == 2
    assert "report:begin" in capsys.readouterr().err


def test_the_committed_page_is_what_the_report_writes(tmp_path):
    """Of the results that are committed; run ./run bench report after a change of either."""
    committed = Path(report.__file__).parent
    between, drawn = report.section(committed / "results", committed / "plots", committed)
    readme = committed / "README.md"
    assert report.written(readme, between) == readme.read_text()
    assert {name: (committed / "plots" / name).read_text() for name in drawn} == drawn


def test_a_bar_is_as_long_as_its_value():
    panel = Panel("Seconds", "s", (Bar("one", (("a", 1.0), ("b", 3.0))), Bar("two", (("a", 2.0),))))
    drawing = ElementTree.fromstring(chart("t", "d", ("a", "b"), (panel,), "note"))
    found = [element for element in drawing.iter() if element.get("height") == "26"]
    long = {bar.get("x"): float(bar.get("width")) + 1 for bar in found}
    widths = [float(bar.get("width")) + 1 for bar in found]
    assert len(long) == 2 and widths[1] == pytest.approx(3 * widths[0], rel=0.01)
    assert widths[2] == pytest.approx(2 * widths[0], rel=0.01)
    assert "<title>b: 3.00 s</title>" in chart("t", "d", ("a", "b"), (panel,), "note")


def test_more_series_than_colours_are_refused():
    with pytest.raises(ValueError, match="series"):
        chart("t", "d", tuple("abcdefg"), (), "")


def test_figures_are_three():
    assert [figures(value) for value in (0.1234, 5.678, 56.78, 567.8, 5678.0)] == [
        "0.12",
        "5.68",
        "56.8",
        "568",
        "5,678",
    ]
