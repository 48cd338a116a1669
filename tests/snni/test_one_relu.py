"""snni/ONE_RELU.md and its figure hold the numbers of a run of the code; and the run is what the page says it is."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.snni import one_relu

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "snni" / "ONE_RELU.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| (-?\d+) \| (-?\d*) ?\|$", re.M)
MESSAGE = re.compile(r"^\| `(\w+)` \| [CS] \| (?:ahead|online) \| (\d+) \| (\d*) ?\|$", re.M)
PARTS = {"choices": (4, 3), "products": (8,), "leaf": (16, 8), "carry": (1,), "last": (16, 1), "steer": (1, 8)}
"""Bits a ReLU of each message, packed part by part."""

SHOWN = """r = {r}|h = {h}|c = {c}|a = {a}|places {rho_low} and {rho_high}|of a: {a_low} and {a_high}
XOR place: {e_low}, {e_high}|100 − r = {u}|3 · {u} + h = {s}|b = {b}|is j > {nb_low}?|the carry, {k1_s}, under
j XOR {e_low}|{word_low}|the carry is {k1_c}|XOR place: {opened}|share is {k2_s}.|share is {k2_c}
negative”: {d_s}|negative”: {d_c}|mask · a: {la_c}|fix = {fix}|mask · a: {la_s}|z = {z}|XOR its half mask: {m_s}
from z: {lb_c}|bit: {delta}|{m_c}, {steered}|less 92: {steered}|mask · b: {lb_s}|own part: {part_s}
of the result: {y_s}|{y_c} + {y_s} = |{y} on a clock of 256
{upload bytes} bytes|{input bytes} bytes"""
"""What stands in the figure, in texts of their own or within."""


@pytest.fixture(scope="module")
def story() -> tuple[dict[str, tuple[int, ...]], dict[str, int]]:
    return one_relu.story()


def test_every_number_of_the_page_is_the_runs(story) -> None:
    rows = {name: tuple(int(v) for v in values if v) for name, *values in ROW.findall(PAGE)}
    assert len(rows) == PAGE.count("\n| `") - len(MESSAGE.findall(PAGE)) > 35
    for name, values in rows.items():
        assert story[0][name] == values, name


def test_every_message_has_the_size_that_the_page_says(story) -> None:
    shown = MESSAGE.findall(PAGE)
    assert {name: int(size) for name, size, _ in shown} == story[1]
    bits = {name: int(count) for name, _, count in shown if count}
    assert bits == {name: sum(parts) for name, parts in PARTS.items()}
    for name, parts in PARTS.items():
        assert story[1][name] == sum(-(-2 * part // 8) for part in parts), name
    assert f"{sum(bits[name] for name in ('leaf', 'carry', 'last', 'steer'))} bits a ReLU" in PAGE


def test_the_run_is_what_the_page_says_of_it(story) -> None:
    n = {name: value + value if len(value) == 1 else value for name, value in story[0].items()}
    for i, weight in enumerate(one_relu.WEIGHTS):
        of = {name: value[i] for name, value in n.items()}
        assert of["u"] == (one_relu.PIXEL - of["r"]) % 65536
        assert (of["c"] + of["h"] - weight * of["r"] + 1) % 65536 <= 2
        assert of["s"] == (weight * of["u"] + of["h"]) % 65536
        assert of["e_low"] == of["a_low"] ^ of["rho_low"] and of["e_high"] == of["a_high"] ^ of["rho_high"] & 7
        assert of["k1"] == (of["a_low"] + of["b"] % 16 >= 16) and of["opened"] == of["k1_c"] ^ of["rho_high"] >> 3
        assert of["k2"] == (of["a"] % 128 + of["b"] % 128 >= 128) and of["d"] == (of["x"] >= 0)
        assert of["l"] == of["l_c"] ^ of["l_s"] and of["delta"] == of["d"] ^ of["l"]
        assert of["m_c"] == of["d_c"] ^ of["l_c"] and of["m_s"] == of["d_s"] ^ of["l_s"]
        assert of["fix"] == (of["q_0"] - of["q_1"] + (1 - 2 * of["l_c"]) * of["a"]) % 256
        assert of["la_s"] == (of[f"q_{of['l_s']}"] + of["l_s"] * of["fix"]) % 256
        assert of["z"] == (of["p_0"] - of["p_1"] + (1 - 2 * of["l_s"]) * of["b"]) % 256
        assert of["lb_c"] == (of[f"p_{of['l_c']}"] + of["l_c"] * of["z"]) % 256
        assert (of["la_c"] + of["la_s"]) % 256 == of["l"] * of["a"]
        assert (of["lb_c"] + of["lb_s"]) % 256 == of["l"] * of["b"]
        for party, own in (("c", of["a"]), ("s", of["b"])):
            masked = of[f"la_{party}"] + of[f"lb_{party}"]
            assert of[f"part_{party}"] == (own - masked if of["delta"] else masked) % 256
        assert of["steered"] == (of["part_c"] - of["y_c"]) % 256
        assert of["y_s"] == (of["part_s"] + of["steered"]) % 256 and of["y"] == max(0, of["x"] // 4)


def test_the_figure_shows_the_first_of_the_two(story) -> None:
    root = ElementTree.parse(ROOT / "docs" / "one_relu.svg").getroot()
    text = "\n".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))
    one = {name: values[0] for name, values in story[0].items()} | {f"{k} bytes": v for k, v in story[1].items()}
    for shown in SHOWN.replace("\n", "|").split("|"):
        assert shown.format(**one) in text, shown
    assert f"{story[1]['reply']:,} bytes".replace(",", "\u2009") in text
