"""The ward's line of time: it follows the monotonic clock, and says by how much the wall clock was set."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.ward_clock import READINGS, STEP, WardClock
from services.runtime.clock import Instant

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class Machine:
    """Two clocks; held: how long the process is held up between reading the one and the other, reading by reading."""

    def __init__(self) -> None:
        self.mono = 1000.0
        self.wall = START
        self.held: list[float] = []

    def passes(self, seconds: float) -> None:
        self.mono += seconds
        self.wall += timedelta(seconds=seconds)

    def now(self) -> Instant:
        mono = self.mono
        self.passes(self.held.pop(0) if self.held else 0.0)
        return Instant(mono, self.wall)


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(-1e8, 1e8)), max_size=20))
def test_between_looks_no_set_clock_matters_and_after_one_the_line_is_right(moves: list[tuple[float, float]]) -> None:
    machine = Machine()
    clock = WardClock(machine)
    for passed, by in moves:
        before = clock()
        machine.wall += timedelta(seconds=by)
        machine.passes(passed)
        assert abs(clock() - before - timedelta(seconds=passed)) < timedelta(milliseconds=1)
        line = clock()
        found = clock.take_step()
        assert abs(clock() - line - found) < timedelta(milliseconds=1)
        assert abs(machine.wall - clock()) < STEP
        assert clock.take_step() == timedelta(0)


def test_a_process_that_was_held_up_between_two_readings_saw_no_set_clock() -> None:
    machine = Machine()
    clock = WardClock(machine)
    machine.held = [5.0] * (READINGS - 1)
    assert clock.take_step() == timedelta(0)
