"""Links: what they promise, namespaces where the machine has them, and what a probe finds over a route."""

import os
import subprocess
from typing import Any

import pytest

from localsite.links import namespace
from localsite.links.errors import LinkError
from localsite.links.link import LINKS, Link
from localsite.links.path import Route, route
from localsite.links.probe import BULK, measured


def test_the_links_are_those_of_the_paper():
    facts = {name: link.facts() for name, link in LINKS.items()}
    assert [facts[name]["rate_bytes_per_s"] for name in ("lan", "5g", "wan")] == [10**9, 10**9 // 8, 4 * 10**8]
    assert [facts[name]["round_trip_ms"] for name in ("lan", "5g", "wan")] == [1, 5, 40]
    assert all(one["one_way_ms"] * 2 == one["round_trip_ms"] for one in facts.values())
    assert not LINKS["loopback"].relayed and all(LINKS[name].relayed for name in ("lan", "5g", "wan"))


def test_loopback_has_nothing_between(tmp_path):
    with route(LINKS["loopback"], "auto", tmp_path) as way:
        assert way.to(1234) == ("127.0.0.1", 1234)
        assert way.shaper == "none" and way.relay is None and way.hang_up() == {}


def test_a_route_by_relay_does_what_it_says(tmp_path):
    link = Link("thin", 100_000_000, 0.02)
    with route(link, "relay", tmp_path) as way:
        found = measured(way)
        assert way.facts()["shaper"] == "relay"
    holds(link, found)


def holds(link: Link, found: dict[str, Any]) -> None:
    """Nothing is faster than the link. A busy machine is slower, and its round trips, which are taken off, longer."""
    assert found["round_trip_ms"] >= 20
    assert all(found["round_trip_ms"] + found[f"message_{way}_ms"] >= 20 for way in ("up", "down"))
    least_s = BULK / (1.02 * link.rate) - (found["round_trip_ms"] / 1e3 - 0.02)
    for way in ("up", "down"):
        assert least_s <= 0 or 0 < found[f"rate_{way}_bytes_per_s"] <= BULK / least_s


def namespaces() -> set[str]:
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    return {line.split()[0] for line in listed.splitlines() if line.startswith(f"vw{os.getpid():x}-")}


def test_a_route_by_namespaces_does_what_it_says_or_says_what_lacks(tmp_path):
    link, lacks = Link("thin", 100_000_000, 0.02), namespace.missing()
    if lacks:
        with pytest.raises(LinkError, match="--shaper relay"):
            Route(link, "tbf", tmp_path)
        return
    with route(link, "tbf", tmp_path) as way:
        assert len(namespaces()) == 2
        found = measured(way)
    assert namespaces() == set()
    holds(link, found)


def test_who_may_not_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LinkError, match=r"needs root.*--shaper relay"):
        Route(LINKS["lan"], "tbf", tmp_path)
    with route(LINKS["lan"], "auto", tmp_path) as way:
        assert way.shaper == "relay"


def test_without_the_tools_it_is_told_which(tmp_path, monkeypatch):
    monkeypatch.setattr(namespace.shutil, "which", lambda command: None if command == "tc" else command)
    with pytest.raises(LinkError, match="no `tc`"):
        Route(LINKS["lan"], "tbf", tmp_path)
