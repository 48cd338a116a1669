"""Videos in every mode: what is drawn of them, and under --heavy each mode for real on a small network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import video
from bench.draw.videos import PUBLISHED, videos_table
from localsite import active_pair, classify_two
from snni.multiparty.roles import Setting
from tests.support.networks import grey

SECONDS = {name: {"median": 0.25, "samples": [0.25]} for name in video.PHASES} | {
    "video": {"median": 1.5, "samples": [1.0, 1.5, 2.0]}
}
SERVERS = {"setting": "three passive servers", "labels": [3, 3, 1], "seconds": SECONDS}
SERVERS |= {"bytes": {"client": 9_000_000, "dealer": 1_000_000, "first": 2_000_000, "second": 3_000_000}}
TWO = SERVERS | {"setting": "two passive parties", "bytes": {"client": 2_000_000, "server": 3_000_000}}
MEASURED = {"model": "grey", "frames": 150, "selected": 10, "reference": {"label": 3}, "rows": [SERVERS, TWO]}


def test_rows_beside_what_was_published() -> None:
    text = videos_table([MEASURED])
    common = "| 150, 10 | 0.250 | 0.250 | 0.250 | 0.25 | 0.25 | 1.50 |"
    assert f"| grey | three passive servers {common} 6.00 | 2 of 3 | 8.69 |" in text
    assert f"| grey | two passive parties {common} 5.00 | 2 of 3 | 302 |" in text


def test_every_mode_has_its_published_figure() -> None:
    assert {one.value for one in Setting} | {classify_two.SETTING, active_pair.SETTING} == set(PUBLISHED)


@pytest.mark.heavy
def test_each_mode_for_real(tmp_path: Path) -> None:
    grey().save(tmp_path / "bundle")
    asked = ["--bundle", str(tmp_path / "bundle"), "--frames", "6", "--selection", "0,3", "--runs", "1"]
    assert video.main([*asked, "--json", str(tmp_path / "out.json")]) == 0
    found = json.loads((tmp_path / "out.json").read_text())
    told = {row["setting"] for row in found["rows"]} | set(found["refused"])
    assert told == set(PUBLISHED)
    for row in found["rows"]:
        assert len(row["labels"]) == 1
        assert row["seconds"]["video"]["median"] == pytest.approx(
            row["seconds"]["video_online"]["median"] + row["seconds"]["video_ahead"]["median"]
        )
    assert not {one.value for one in Setting} & set(found["refused"])
