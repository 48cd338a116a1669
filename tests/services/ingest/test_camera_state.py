"""Camera states with debounce."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.camera_state import StatePolicy, StateTracker
from tests.services.moments import at

POLICY = StatePolicy(stall_s=3.0, hold_s=2.0, recover_s=1.0)


def live_watch(until: float = 10.0) -> StateTracker:
    """A camera that is live since 1.0 with a frame every half second up to `until`."""
    watch = StateTracker(POLICY, at(0))
    watch.opened(at(0.5))
    watch.observe(at(0.5))
    moment = 1.0
    while moment <= until:
        watch.frame(at(moment))
        moment += 0.5
    watch.observe(at(until))
    return watch


def test_from_offline_over_connecting_to_live_without_delay() -> None:
    watch = StateTracker(POLICY, at(0))
    assert (watch.state.status, watch.state.reason) == ("offline", "never_seen")
    watch.opened(at(1))
    assert watch.observe(at(1))
    assert watch.state.status == "connecting"
    watch.frame(at(2))
    assert watch.observe(at(2))
    assert (watch.state.status, watch.state.since) == ("live", at(2))
    assert not watch.observe(at(2.1))


def test_a_reconnect_within_the_hold_is_not_told() -> None:
    watch = live_watch()
    watch.closed(at(10.2), "peer_closed")
    assert not watch.observe(at(10.3))
    watch.opened(at(11.0))
    assert not watch.observe(at(11.1))
    watch.frame(at(11.5))
    assert not watch.observe(at(11.6))
    assert (watch.state.status, watch.state.since) == ("live", at(1.0))
    assert watch.interruptions == 1


def test_offline_is_told_late_but_since_the_loss() -> None:
    watch = live_watch()
    watch.closed(at(10.2), "deleted")
    assert not watch.observe(at(12.1))
    assert watch.observe(at(12.2))
    assert (watch.state.status, watch.state.since, watch.state.reason) == ("offline", at(10.2), "deleted")


def test_a_reconnect_that_takes_longer_is_told_as_connecting() -> None:
    watch = live_watch()
    watch.closed(at(10.2), "connection_failed")
    watch.observe(at(10.3))
    watch.opened(at(11.0))
    assert not watch.observe(at(12.0))
    assert watch.observe(at(12.3))
    assert (watch.state.status, watch.state.since) == ("connecting", at(11.0))


def test_stalled_since_the_last_frame_and_live_again_only_when_frames_keep_coming() -> None:
    watch = live_watch()
    assert not watch.observe(at(13.0))
    assert watch.observe(at(13.1))
    assert (watch.state.status, watch.state.since) == ("stalled", at(10.0))
    watch.frame(at(20.0))
    assert not watch.observe(at(20.1))
    assert not watch.observe(at(20.9))
    watch.frame(at(21.0))
    assert watch.observe(at(21.0))
    assert (watch.state.status, watch.state.since) == ("live", at(20.0))


def test_one_frame_in_a_stall_is_no_recovery() -> None:
    watch = live_watch()
    watch.observe(at(14.0))
    watch.frame(at(20.0))
    assert not watch.observe(at(20.5))
    watch.observe(at(23.5))
    assert watch.state.status == "stalled"


def test_settle_tells_the_truth_at_once() -> None:
    watch = live_watch()
    watch.closed(at(10.2), "draining")
    watch.conclude(at(10.2))
    assert (watch.state.status, watch.state.reason) == ("offline", "draining")


EVENTS = st.lists(st.tuples(st.sampled_from(["open", "frame", "close", "look"]), st.floats(0.01, 5.0)), max_size=60)


@given(EVENTS)
def test_never_live_without_a_recent_frame_and_never_flapping(events: list[tuple[str, float]]) -> None:
    watch, now, open_, last_frame = StateTracker(POLICY, at(0)), 0.0, False, -1e9
    left_live: float | None = None
    for kind, pause in events:
        now += pause
        if kind == "open" and not open_:
            watch.opened(at(now))
            open_ = True
        elif kind == "close" and open_:
            watch.closed(at(now), "deleted")
            open_ = False
        elif kind == "frame" and open_:
            watch.frame(at(now))
            last_frame = now
        before = watch.state
        changed = watch.observe(at(now))
        assert changed == (watch.state.status != before.status)
        assert changed or watch.state.since == before.since
        assert watch.state.since.mono <= at(now).mono
        if watch.state.status == "live" and changed:
            assert now - last_frame <= POLICY.stall_s
            left_live = None
        if watch.state.status == "stalled" and changed:
            assert now - last_frame > POLICY.stall_s
        if changed and before.status == "live":
            assert left_live is None
            left_live = now
    for extra in (0.0, POLICY.hold_s + 0.01):
        now += extra
        watch.observe(at(now))
    if not open_:
        assert watch.state.status == "offline"
