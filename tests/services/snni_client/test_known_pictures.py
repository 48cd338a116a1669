"""Known pictures among the crops: scored in a crop's place, compared in the room, never a level of anybody."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from services.bus.models import PainMessage, StateMessage
from services.runtime.errors import UnusableFile
from services.runtime.metrics import Metrics
from services.snni_client.metrics import SnniClientMetrics
from services.snni_client.probe import Probe, probe_of
from snni.model.known_pictures import KnownPictures
from snni.model.steps import Conv
from snni.twoparty.server_model import ServerModel, server_model
from tests.services.snni_client.line import exported
from tests.services.snni_client.room_only import room
from tests.support.networks import grey
from tests.support.peers import peers
from tests.support.waiting import eventually
from training.known.draws import Drawn


@cache
def known() -> KnownPictures:
    """Random pictures whose level under the small network is the same in every one of fifty drawn runs."""
    network, rng, pictures, levels = Drawn(grey()), np.random.default_rng(11), [], []
    while len(levels) < 6:
        picture = rng.integers(0, 256, (1, 48, 48), np.uint8)
        level = network.level(picture)
        if all(network.level(picture, rng) == level for _ in range(50)):
            pictures.append(picture)
            levels.append(level)
    return KnownPictures(grey().plan.plan_hash, np.stack(pictures), np.array(levels, np.uint8), 100_000, 0)


def shifted() -> ServerModel:
    """What an edge may make of the same plan: every score is its neighbour's, so that every level is another."""
    honest = server_model(grey())
    last = [step for step in grey().plan.steps if isinstance(step, Conv)][-1].name
    weights, biases = dict(honest.weights), dict(honest.biases)
    weights[last], biases[last] = (np.roll(held[last], 1, axis=0) for held in (weights, biases))
    return replace(honest, weights=weights, biases=biases)


def metrics() -> SnniClientMetrics:
    return SnniClientMetrics(Metrics(), ["cam-1"])


async def fed(running, bus, until) -> int:
    """Publish crops one after the other, each once the one before was taken, until it holds; how many."""
    sent = 0
    while not await until():
        await bus.publish_durable(running.crop(sent))
        sent += 1

        async def taken(count=sent):
            return counted(running, "scored") + counted(running, "known") >= count or await until()

        await eventually(taken)
    return sent


def counted(running, what: str) -> int:
    """Levels, or answers to known pictures, as the process's metrics count them."""
    name = {"scored": "inferences_total{", "known": "known_pictures_total{"}[what]
    lines = running.client.metrics().splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith(f"veilward_snni_client_{name}"))


async def test_a_known_picture_takes_a_crops_place_and_no_level_comes_of_it(tmp_path, pki) -> None:
    known().save(tmp_path / "known.npz")
    with peers(tmp_path, pki, grey()) as served:
        async with room(tmp_path, pki, served.port, known_pictures=tmp_path / "known.npz", known_every=2) as running:
            await running.ready()
            async with running.pair.bus("keyframe") as bus, exported(running.pair) as messages:

                async def enough():
                    return counted(running, "known") >= 3 and counted(running, "scored") >= 3

                sent = await fed(running, bus, enough)

                async def arrived():
                    levels = await messages(PainMessage)
                    return levels if len(levels) >= counted(running, "scored") else None

                levels = await eventually(arrived)
                states = {message.status for message in await messages(StateMessage)}
            said = running.client.metrics()
        begun = Counter(name for name, _, _ in served.events)["online"]
    # what the edge served is an inference a crop, whichever it was; what the ward got is the crops' alone
    assert begun == sent and len(levels) == len({m.envelope.sequence for m in levels}) < sent
    taken = next(line for line in said.splitlines() if 'reason="known_picture"' in line)
    assert float(taken.split()[-1]) == sent - len(levels) >= 3
    assert 'known_pictures_total{answer="wrong"} 0.0' in said
    assert not states & {"edge_wrong", "skipping"}


async def test_an_edge_with_other_weights_is_asked_no_more_and_the_ward_is_told(tmp_path, pki) -> None:
    known().save(tmp_path / "known.npz")
    with peers(tmp_path, pki, grey()) as served:
        served.server.model = shifted()
        async with room(tmp_path, pki, served.port, known_pictures=tmp_path / "known.npz", known_every=2) as running:
            await running.ready()
            async with running.pair.bus("keyframe") as bus, exported(running.pair) as messages:

                async def told():
                    return "edge_wrong" in {message.status for message in await messages(StateMessage)}

                await fed(running, bus, told)
                assert running.events("edge_wrong") and running.events("known_picture_wrong")
                begun = len(served.events)
                await bus.publish_durable(running.crop(99))
                states = len(await messages(StateMessage))

                async def later():
                    return len(await messages(StateMessage)) >= states + 3

                await eventually(later)
                assert len(served.events) == begun and running.client.running and not running.client.ready()


def test_which_picture_and_when_is_drawn_anew_each_time() -> None:
    asked: list[int] = []
    numbers = iter([1, 49, 0, 4, 3, 0, 2])

    def draw(below: int) -> int:
        asked.append(below)
        return next(numbers)

    probe = Probe(known(), 50, metrics(), draw)
    found = [probe.drawn() for _ in range(5)]
    assert [one is None for one in found] == [True, True, False, True, False] and asked == [50, 50, 50, 6, 50, 50, 6]
    assert np.array_equal(found[2].pixels, known().pictures[4]) and found[2].level == known().levels[4]
    assert np.array_equal(found[4].pixels, known().pictures[2])


def test_answers_are_counted_and_too_many_wrong_ones_end_belief() -> None:
    probe, answers = Probe(known(), 2, metrics(), lambda below: 0), []
    picture = probe.drawn()
    assert all(probe.answered(picture, picture.level) for _ in range(1000))
    while probe.answered(picture, picture.level ^ 1):
        answers.append(False)
        assert len(answers) < 20


class Asked:
    """What probe_of reads of the settings."""

    def __init__(self, path, plan_hash: str) -> None:
        self.known_pictures, self.known_every, self.plan_hash = path, 50, plan_hash


def test_files_of_another_plan_or_of_no_use_are_refused(tmp_path) -> None:
    path, mine = tmp_path / "known.npz", grey().plan.plan_hash
    assert probe_of(Asked(None, mine), metrics()) is None
    with pytest.raises(UnusableFile, match="no known pictures"):
        probe_of(Asked(path, mine), metrics())
    known().save(path)
    assert probe_of(Asked(path, mine), metrics()).shape == (1, 48, 48)
    with pytest.raises(UnusableFile, match="pinned is"):
        probe_of(Asked(path, "0" * 64), metrics())
    replace(known(), runs=1000).save(path)
    with pytest.raises(UnusableFile, match="too many to tell"):
        probe_of(Asked(path, mine), metrics())
