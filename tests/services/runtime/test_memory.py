"""What the doctor says of swap: that faces may come to lie on a disk is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.runtime.doctor.finding import Verdict
from services.runtime.doctor.memory import no_swap

HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


def line(name: str) -> str:
    return f"{name}                               partition\t1048572\t\t0\t\t-2\n"


@pytest.mark.parametrize(
    ("lines", "backing", "verdict", "said"),
    [
        ("", None, Verdict.OK, "is off"),
        (line("/dev/sda2"), None, Verdict.WARN, "/dev/sda2"),
        (line("/swapfile") + line("/dev/zram0"), None, Verdict.WARN, "to /swapfile:"),
        (line("/dev/zram0"), None, Verdict.OK, "stays in memory"),
        (line("/dev/zram0"), "none\n", Verdict.OK, "stays in memory"),
        (line("/dev/zram0"), "/dev/sda3\n", Verdict.WARN, "/dev/zram0"),
    ],
)
async def test_swap(tmp_path: Path, lines: str, backing: str | None, verdict: Verdict, said: str) -> None:
    (tmp_path / "swaps").write_text(HEAD + lines)
    if backing is not None:
        (tmp_path / "zram0").mkdir()
        (tmp_path / "zram0" / "backing_dev").write_text(backing)
    (found,) = await no_swap(tmp_path / "swaps", tmp_path)
    assert found.verdict is verdict and said in found.said
    assert bool(found.todo) == (verdict is not Verdict.OK)


async def test_a_kernel_that_does_not_say(tmp_path: Path) -> None:
    (found,) = await no_swap(tmp_path / "none")
    assert found.verdict is Verdict.WARN
