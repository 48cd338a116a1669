"""What a receiver has not taken yet: in bounds, and let go of at the end."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from services.alerts.notify import delivery_queue
from services.alerts.notify.notification import notification
from services.alerts.notify.webhook import Webhook
from tests.services.alerts.bench import Bench, always
from tests.support.cancelled import ends_when_cancelled


async def test_a_full_queue_gives_up_the_oldest_and_counts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_queue, "WAITING_LIMIT", 4)
    bench = Bench(tmp_path)
    await bench.pain(0, 2)
    one = notification((await bench.pain(5, 2)).transitions[0])
    hook = Webhook("http://127.0.0.1:9/", None, bench.metrics)
    given_up = [hook.queue.enqueue(replace(one, id=str(number))) for number in range(7)]
    assert [gone.id for gone in given_up if gone] == ["0", "1", "2"]
    assert hook.queue.enqueue(replace(one, id="6")) is None
    assert (hook.waiting, bench.value("webhook_deliveries_total", result="dropped")) == (4, 3)


async def test_one_that_waits_ends_when_it_is_cancelled_as_a_change_comes(tmp_path: Path) -> None:
    """While an attempt is to be made again; else a term would not end, and nobody would lead."""
    bench = Bench(tmp_path)
    await bench.pain(0, 2)
    one, names = notification((await bench.pain(5, 2)).transitions[0]), itertools.count()
    hook = Webhook("http://127.0.0.1:9/", None, bench.metrics, first_pause_s=3600.0)

    def come() -> None:
        hook.queue.enqueue(replace(one, id=str(next(names))))

    come()
    await ends_when_cancelled(lambda: hook.deliver(always), come)
