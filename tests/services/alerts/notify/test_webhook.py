"""Webhooks against a real HTTP server that fails first."""

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.alerts.actor import typed_name
from services.alerts.errors import Deposed
from services.alerts.notify.notification import notification
from services.alerts.notify.notifier import Notifier
from services.alerts.policy.life_cycle import Accept
from tests.services.alerts.bench import Bench
from tests.services.alerts.notify.delivering import delivering
from tests.services.alerts.notify.receiver import receiving
from tests.support.waiting import eventually


async def counted(bench: Bench, result: str, count: int) -> None:
    async def enough() -> bool:
        return bench.value("webhook_deliveries_total", result=result) >= count

    await eventually(enough)


async def test_changes_arrive_in_order_signed_and_once(tmp_path: Path) -> None:
    async with receiving() as receiver:
        bench = Bench(tmp_path, urls=[receiver.url], secret=b"secret")
        async with delivering(bench):
            alert = await bench.raised()
            await bench.accept(alert, "Ada")
            await counted(bench, "delivered", 2)
    bodies = [json.loads(body) for _, body in receiver.seen]
    assert [one["change"] for one in bodies] == ["raised", "acknowledged"]
    assert {one["alert"]["id"] for one in bodies} == {alert}
    for headers, body in receiver.seen:
        assert headers["veilward-signature"] == "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
        assert headers["idempotency-key"] == json.loads(body)["id"]
        assert "veilward-redelivered" not in headers


async def test_a_failing_receiver_is_tried_again_with_the_same_key_and_told_so(tmp_path: Path) -> None:
    async with receiving(500, 503) as receiver:
        bench = Bench(tmp_path, urls=[receiver.url])
        async with delivering(bench):
            await bench.raised()
            await counted(bench, "delivered", 1)
    assert len(receiver.seen) == 3
    assert len({headers["idempotency-key"] for headers, _ in receiver.seen}) == 1
    assert receiver.unmarked_repeats() == []
    assert [headers.get("veilward-redelivered") for headers, _ in receiver.seen] == [None, "true", "true"]
    assert "veilward-signature" not in receiver.seen[0][0]


async def test_a_dead_receiver_is_reported_and_nothing_is_given_up(tmp_path: Path) -> None:
    async with receiving() as gone:
        bench = Bench(tmp_path, urls=[gone.url])
    async with delivering(bench):
        await bench.raised()
        await counted(bench, "failed", 7)
        assert bench.notifier.failing
        assert bench.notifier.waiting == 1
    assert bench.ward_state.open_alerts()


async def test_what_is_refused_of_one_alert_holds_back_that_alert_only(tmp_path: Path) -> None:
    async with receiving() as receiver:
        bench = Bench(tmp_path, urls=[receiver.url])
        receiver.down = True
        async with delivering(bench):
            first = await bench.raised("room-1")
            await bench.accept(first, "Ada")
            await counted(bench, "failed", 2)
            assert {json.loads(body)["change"] for _, body in receiver.seen} == {"raised"}
            second = await bench.raised("room-3", 3, 20)

            async def tried() -> bool:
                return any(json.loads(body)["alert"]["id"] == second for _, body in receiver.seen)

            await eventually(tried)
            receiver.down = False
            await counted(bench, "delivered", 3)

    order = [json.loads(body) for _, body in receiver.taken]
    assert [one["change"] for one in order if one["alert"]["id"] == first] == ["raised", "acknowledged"]


async def test_the_id_of_a_change_does_not_hang_on_when_it_was_found(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.pain(0, 2)
    change = (await bench.pain(5, 2)).transitions[0]
    later = bench.at(60)
    again = replace(change, at=later, alert=replace(change.alert, raised_at=later, signalled_at=later))
    assert notification(again).id == notification(change).id
    alert, taken = bench.ward_state.act(change.alert.id, Accept(typed_name("Ada")), bench.now)
    bench.at(600)
    assert notification(bench.ward_state.tick(bench.now)[0]).id != notification(taken[0]).id
    _, retaken = bench.ward_state.act(alert.id, Accept(typed_name("Bo")), bench.now)
    assert len({notification(one).id for one in (change, taken[0], retaken[0])}) == 3


async def test_a_leader_that_was_replaced_tells_nothing_of_what_it_still_has(tmp_path: Path) -> None:
    """As one that stood still and wakes up: its successor has told it, and says so only of its own repeats."""

    async def replaced() -> None:
        raise Deposed

    async with receiving() as receiver:
        bench = Bench(tmp_path, urls=[receiver.url])
        await bench.raised()
        late = Notifier(bench.undelivered, bench.notifier.receivers, bench.clock, replaced)
        assert late.waiting == 1
        with pytest.raises(ExceptionGroup) as raised:
            await late.run()
    assert raised.value.subgroup(Deposed) is not None
    assert receiver.seen == []
