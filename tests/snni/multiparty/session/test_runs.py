"""Runs prepared ahead: each is claimed once and drawn for once, and none is lost by what costs nothing."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from snni.errors import ParameterError, PeerError, SnniError
from snni.multiparty.roles import EVALUATORS, Role, Setting
from snni.multiparty.session import messages as ms
from snni.multiparty.session.parties import Limits
from snni.multiparty.task import Levels
from tests.snni.multiparty.session.site import Site
from tests.support.networks import clear_picture, little, residual
from tests.support.waiting import until


def test_each_batch_is_claimed_once_by_each_evaluator(site):
    picture, _ = clear_picture()
    session = site.connect()
    for _ in range(3):
        session.prepare()
        session.run(picture[None])
    session.close()
    for role in (Role.FIRST, Role.SECOND):
        claimed = [number for who, event, number in site.events if who is role and event == "claimed"]
        assert claimed == [0, 1, 2]


@pytest.mark.parametrize("again", [0, 2])
def test_an_evaluator_draws_for_one_run_of_each_number(site, monkeypatch, again):
    """One that asks for a number again, or leaves one out: nothing is drawn for it."""
    drawn, real = [], {Levels: Levels.evaluation, "proved": Levels.proved_evaluation}

    def evaluation(self, model, key, number, half):
        drawn.append((model.role, number))
        return real["proved" if site.setting.proved else Levels](self, model, key, number, half)

    monkeypatch.setattr(Levels, "proved_evaluation" if site.setting.proved else "evaluation", evaluation)
    session = site.connect()
    session.prepare()
    seed = bytes(16).hex()
    for role in EVALUATORS:
        ms.send(session._streams.works[role], ms.ORDER, ms.Order(number=again, images=1, seeds=(seed,)))
        with pytest.raises(PeerError, match=f"run {again} cannot be prepared here"):
            session._streams.works[role].recv(ms.MADE)
    assert sorted(drawn, key=str) == [(role, 0) for role in EVALUATORS]
    session.close()


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_a_run_that_a_server_has_not_heard_of_yet_keeps_its_place(tmp_path, setting):
    """With all places taken, the next run is ordered while the word of the one begun is still on its way."""
    site = Site(tmp_path, residual(), Limits(max_prepared=1), setting)
    picture, level = clear_picture()
    session = site.connect()
    session.prepare()
    waits, ordering, failed, answered = threading.Event(), [], [], session._answered
    wait_for = answered.wait_for

    def told_to_wait(room):
        waits.set()
        return wait_for(room)

    def order():
        try:
            session.prepare()
        except SnniError as error:
            failed.append(error)

    def slow(channel):
        send = channel.send

        def held(tag, payload):
            if tag == ms.RUN and not ordering:
                ordering.append(threading.Thread(target=order))
                ordering[0].start()
                until(lambda: waits.is_set() or not ordering[0].is_alive())
            send(tag, payload)

        channel.send = held

    slow(session._streams.asks[Role.FIRST])
    answered.wait_for = told_to_wait
    assert session.run(picture[None]).results == (level,)
    ordering[0].join()
    assert failed == []
    assert session.run(picture[None]).results == (level,)
    session.close()
    site.close()


def test_who_asks_keeps_to_the_least_that_any_server_takes(tmp_path):
    site = Site(tmp_path, little())
    site.servers[Role.FIRST].limits = Limits(max_images=16, max_prepared=2)
    site.servers[Role.SECOND].limits = Limits(max_images=2, max_prepared=4)
    session = site.connect()
    assert (session.max_images, session.max_prepared) == (2, 2)
    with pytest.raises(ParameterError, match="take 1 to 2"):
        session.prepare(3)
    session.prepare(2)
    session.close()
    site.close()


def test_images_of_another_shape_cost_nothing(site):
    picture, level = clear_picture()
    session = site.connect()
    session.prepare()
    with pytest.raises(ParameterError):
        session.run(picture[None, :1])
    assert session.run(picture[None]).results == (level,)
    session.close()


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_another_number_of_images_costs_nothing(tmp_path, setting):
    """The run stays prepared at all ends: none of them has a place taken by what another end has burnt."""
    site = Site(tmp_path, residual(), Limits(max_prepared=1), setting)
    picture, level = clear_picture()
    session = site.connect()
    session.prepare()
    for pictures in (np.repeat(picture[None], 2, axis=0), picture[None][:0]):
        with pytest.raises(ParameterError, match="the run takes 1"):
            session.run(pictures)
    assert session.ready == 1
    for _ in range(2):
        assert session.run(picture[None]).results == (level,)
        session.prepare()
    session.close()
    site.close()
