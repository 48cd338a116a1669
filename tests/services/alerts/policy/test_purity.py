"""The policy takes its time as an argument: import contracts keep clocks' modules out, this keeps datetime's own."""

import ast
from pathlib import Path

import services.alerts.policy

READS = {"now", "utcnow", "today"}


def clock_reads(source: str) -> list[int]:
    """Lines that call datetime.now() or its like."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [one.lineno for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr in READS]


def test_no_file_of_the_policy_reads_a_clock() -> None:
    assert clock_reads("from datetime import datetime\nx = datetime.now()") == [2]
    files = sorted(Path(services.alerts.policy.__file__).parent.glob("*.py"))
    assert len(files) > 3
    assert {path.name: clock_reads(path.read_text()) for path in files} == {path.name: [] for path in files}
