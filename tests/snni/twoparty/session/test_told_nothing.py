"""What is in no text that a peer, a log or a person is shown."""

import numpy as np
import pytest

from snni.errors import PeerError, WireError
from snni.inference import Outcome
from snni.twoparty.session import handshake as hs
from tests.snni.twoparty.session.attacking import filled, picture
from tests.support.waiting import until


def test_an_unforeseen_error_ends_one_session_and_tells_the_client_nothing(served):
    event = served.server.event

    def broken(name, epoch, number):
        event(name, epoch, number)
        if name == "nonlinear_started":
            raise KeyError("something of the server's own")

    served.server.event = broken
    with served.session() as session, pytest.raises(PeerError) as caught:
        filled(session)
    assert "something" not in str(caught.value)
    until(lambda: any(isinstance(error, KeyError) for error in served.errors) and not served.server.sessions)
    served.server.event = event
    with served.session() as session:
        filled(session).infer(picture())


def test_tickets_and_the_peers_own_words_stay_out_of_texts():
    ticket = "ab" * 32
    assert ticket not in repr(hs.Hello(version=1, stream="live", ticket=ticket))
    sizes = {"max_batch": 1, "max_prepared": 1, "max_age_s": 1.0, "max_transfers": 1}
    body = hs.Welcome(plan="", epoch="0" * 32, ticket=ticket, agreed="0" * 64, ot=("ferret",), **sizes)
    assert ticket not in repr(body) + str(body)
    with pytest.raises(WireError) as caught:
        hs.parse(b'{"version": 1, "stream": "live", "\\u001b[31m forged": 1}', hs.Hello)
    assert "forged" not in str(caught.value)


def test_a_level_is_in_no_text():
    assert "3" not in repr(Outcome(3, np.array([7])))
