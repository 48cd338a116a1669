"""One camera's client as a process: keeps correlations ready and scores a frame every period, or misses it.

Two threads as in snni_client: one prepares, one infers. The frames' moments are fixed beforehand, so that a slow
inference makes the next one late instead of rare. Starts its clock when --go names a file, which holds the moment.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from localsite.clocks import peak_rss_mb
from localsite.party_client import dialling, target
from snni.errors import CorrelationError, SnniError
from snni.twoparty.session.client import Session
from snni.twoparty.threads import use_threads

POLL_S = 0.02
REFILL_PERIODS = 3


class Filler(threading.Thread):
    """Prepares until `ahead` frames are ready, again after each claim. units: made so far, by kind."""

    def __init__(self, session: Session, ahead: int, batch: int) -> None:
        super().__init__(name="snni-bulk", daemon=True)
        self.units = {"linear": 0, "nonlinear": 0}
        self.fault = ""
        self._session, self._ahead, self._batch = session, ahead, batch
        self._wanted, self._stopping = threading.Event(), threading.Event()

    @property
    def full(self) -> bool:
        return self._session.ready >= self._ahead

    def run(self) -> None:
        """Until stopped, or the session ends."""
        try:
            while not self._stopping.is_set():
                if self.full:
                    self._wanted.wait()
                    self._wanted.clear()
                else:
                    before = self._session.waiting
                    kind = self._session.advance(self._batch)
                    self.units[kind] += max(1, self._session.waiting - before)
        except SnniError as error:
            self.fault = str(error)

    def more(self) -> None:
        """A frame was claimed."""
        self._wanted.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wanted.set()


def wait_for(path: Path) -> float:
    """The moment (time.monotonic) that the file holds, once it is there."""
    while not path.exists():
        time.sleep(POLL_S)
    return float(path.read_text())


def watch(session: Session, filler: Filler, image: Any, moments: list[float], period_s: float) -> list[dict[str, Any]]:
    """One record a moment. A frame that is not begun within a period is missed: the next one is there."""
    records: list[dict[str, Any]] = []
    for due in moments:
        time.sleep(max(0.0, due - time.monotonic()))
        left = due + period_s - time.monotonic()
        record: dict[str, Any] = {"missed": True}
        with suppress(CorrelationError):
            if left > 0:
                result = session.infer(image, wait_s=left)
                record = {"missed": False, "latency_s": time.monotonic() - due, "online_s": result.online.seconds}
        filler.more()
        records.append(record)
    return records


def refilled(filler: Filler, latest: float) -> None:
    """Until the pool is as full as at the start, so that every frame's preparation counts; or until then."""
    while not filler.full and not filler.fault and time.monotonic() < latest:
        time.sleep(POLL_S)


def main() -> None:
    """Entry point. Says "ready" when the pool is full the first time, and writes its records at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    dialling(parser)
    for name in ("--period", "--offset"):
        parser.add_argument(name, type=float, required=True, metavar="S")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--ahead", type=int, required=True)
    parser.add_argument("--go", type=Path, required=True)
    options = parser.parse_args()
    use_threads(options.threads)
    session = Session.connect(target(options), lambda event, number: None)
    filler = Filler(session, options.ahead, options.batch)
    filler.start()
    while not filler.full and not filler.fault:
        time.sleep(POLL_S)
    sys.stderr.write(json.dumps({"event": "ready"}) + "\n")
    sys.stderr.flush()
    begin = wait_for(options.go) + options.offset
    before, cpu = dict(filler.units), time.process_time()
    moments = [begin + index * options.period for index in range(options.count)]
    records = watch(session, filler, np.load(options.images)[0], moments, options.period)
    if session.ended:  # frames missed for that reason tell nothing of the load
        sys.exit(f"the session ended: {filler.fault}")
    refilled(filler, moments[-1] + REFILL_PERIODS * options.period)
    made = {kind: count - before[kind] for kind, count in filler.units.items()}
    report = {"frames": records, "made": made, "cpu_s": time.process_time() - cpu, "rss_mb": peak_rss_mb()}
    options.out.write_text(json.dumps(report))
    filler.stop()
    with suppress(OSError):
        session.close()  # wakes the filler from whatever it waits for
    filler.join()  # the interpreter must not end under native work


if __name__ == "__main__":
    main()
