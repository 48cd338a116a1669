"""A number is claimed once, in its turn, by whoever may; what serves it is never copied."""

import copy
import pickle
import threading

import numpy as np
import pytest

from snni.errors import CorrelationError, ParameterError
from snni.twoparty.inference.client import ClientInference
from snni.twoparty.inference.server import ServerInference
from snni.twoparty.server_model import server_model
from tests.snni.twoparty.session.attacking import filled, picture
from tests.support.networks import residual


def test_numbers_are_claimed_in_the_order_in_which_inferences_run(served):
    heard, results = [], []
    with served.session(lambda *event: heard.append(event)) as session:
        filled(session, 2)
        threads = [threading.Thread(target=lambda: results.append(session.infer(picture()))) for _ in range(2)]
        with session._live_lock:
            for thread in threads:
                thread.start()
            threads[0].join(0.2)
            assert not [event for event, _ in heard if event == "claimed"]
        for thread in threads:
            thread.join()
        assert not session.ended
    assert sorted(result.number for result in results) == [0, 1]


def test_a_wrong_image_costs_nothing(served):
    with served.session() as session:
        filled(session)
        for wrong in (picture()[:1], picture().astype(np.float32)):
            with pytest.raises(ParameterError):
                session.infer(wrong)
        assert session.infer(picture()).number == 0


def test_inferences_cannot_be_copied():
    model = server_model(residual())
    for inference in (ClientInference(model.plan, scores=False), ServerInference(model, {}, scores=False)):
        for leak in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="never"):
                leak(inference)


def test_a_claim_after_the_end_finds_nothing(served):
    with served.session() as session:
        filled(session)
        mine = served.server.sessions[0]
        mine.close()
        with pytest.raises(CorrelationError, match="ended"):
            mine.pool.claim(0)
        assert len(mine.pool) == 0
