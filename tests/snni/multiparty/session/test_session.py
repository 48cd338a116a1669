"""Three servers, or four, and who asks over real TLS on loopback: levels, order, refusals, and ends."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from localsite.pki import make_pki
from snni.errors import CorrelationError, HandshakeError, ParameterError, PeerError, SnniError, WireError
from snni.multiparty.roles import EVALUATORS, Role, Setting
from snni.multiparty.select import rows
from snni.multiparty.session import messages as ms
from snni.multiparty.session.client import AskingSession
from snni.multiparty.session.inference import ServersInference
from snni.multiparty.session.parties import Limits, Neighbours
from snni.multiparty.session.peers_file import read_peers
from snni.multiparty.session.server import ShareServer
from snni.multiparty.share_files import load_share, write_shares
from snni.multiparty.task import Levels
from snni.session.lifetime import Lifetime
from snni.session.tls import Endpoint, Identity, client_context, server_context
from snni.wire.socket_channel import SocketChannel
from tests.support.networks import clear_picture, little, residual
from tests.support.video_labels import sure_picture
from tests.support.waiting import until

ROLES = Setting.THREE_PASSIVE.roles
NAMES = {role: role.value for role in Role}
IDS = {role: f"spiffe://{name}/share/{name}" for role, name in NAMES.items()}
FRAMES = 5
SELECTION = rows("every 2nd", FRAMES)
CLIENT_ID = "spiffe://veilward/room/snni_client/1"


class Site:
    """All servers of a setting in this process, each with a socket, certificates and a model of its own."""

    def __init__(self, directory, bundle, limits=None, setting=Setting.THREE_PASSIVE, selection=SELECTION):
        self.setting, self._limits = setting, limits or Limits()
        self.bundle, self.events, self.errors = bundle, [], []
        pki = make_pki(directory)
        for role, uri in IDS.items():
            for side in ("client", "server"):
                pki.issue(f"{NAMES[role]}_{side}", "servers", uri, side)
        for name, uri in {"asker": CLIENT_ID, "asker_renewed": CLIENT_ID, "other": f"{CLIENT_ID}1"}.items():
            pki.issue(name, "servers", uri, "client")
        pki.issue("stranger", "servers", "spiffe://veilward/ward/alerts/1", "client")
        self._pki = pki
        self.listeners = {role: socket.create_server(("127.0.0.1", 0)) for role in setting.roles}
        self.peers = {
            role: Endpoint("127.0.0.1", listener.getsockname()[1], IDS[role])
            for role, listener in self.listeners.items()
        }
        write_shares(bundle, directory / "shares", selection, setting)
        models = {role: load_share(directory / "shares" / role.value) for role in setting.roles}
        self.servers = {role: self._server(role, models[role]) for role in setting.roles}
        self._threads = [
            threading.Thread(target=self.servers[role].serve, args=(self.listeners[role],), daemon=True)
            for role in setting.roles
        ]
        for thread in self._threads:
            thread.start()

    def identity(self, name):
        return Identity(*self._pki.cert(name))

    def neighbours(self, name="asker"):
        return Neighbours(lambda: self.peers, client_context(self.identity(name)), CLIENT_ID.rsplit("/", 1)[0] + "/")

    def _server(self, role, model):
        return ShareServer(
            model,
            server_context(self.identity(f"{NAMES[role]}_server")),
            self.neighbours(f"{NAMES[role]}_client"),
            lambda event, session, number: self.events.append((role, event, number)),
            self._limits,
            on_error=lambda stream, error: self.errors.append((role, stream, error)),
        )

    def connect(self, name="asker", plan_hash=None):
        plan_hash = plan_hash or self.bundle.plan.plan_hash
        return AskingSession.connect(self.neighbours(name), plan_hash, setting=self.setting)

    def close(self):
        for server in self.servers.values():
            server.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture(params=Setting, ids=lambda setting: setting.value)
def site(tmp_path, request):
    made = Site(tmp_path / "pki", residual(), setting=request.param)
    yield made
    made.close()


def test_levels_are_the_references(site):
    picture, level = clear_picture()
    session = site.connect()
    for images in (1, 3):
        session.prepare(images)
    session.keep_alive()
    assert session.run(picture[None]).results == (level,)
    assert session.run(np.repeat(picture[None], 3, axis=0)).results == (level,) * 3
    with pytest.raises(CorrelationError):
        session.run(picture[None])
    session.close()


def test_a_video_of_one_picture_has_its_label(site):
    picture, level = sure_picture(site.bundle)
    session = site.connect()
    assert (session.video.frames, session.video.selected) == (FRAMES, 3)
    session.prepare_video()
    session.prepare()
    other = np.random.default_rng(0).integers(0, 256, picture.shape, np.uint8)
    video = np.stack([picture, other, picture, other, picture])  # those between are not selected
    assert session.run(video).results == (level,)
    assert session.run(picture[None]).results == (level,)
    session.close()


def test_shares_without_a_selection_classify_no_video(tmp_path):
    site = Site(tmp_path, residual(), selection=None)
    session = site.connect()
    with pytest.raises(ParameterError, match="no share of a selection"):
        session.prepare_video()
    session.prepare()
    session.close()
    site.close()


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

    slow(session._asks[Role.FIRST])
    answered.wait_for = told_to_wait
    assert session.run(picture[None]).results == (level,)
    ordering[0].join()
    assert failed == []
    assert session.run(picture[None]).results == (level,)
    session.close()
    site.close()


def test_nobody_is_told_of_a_servers_files(tmp_path):
    """Where it cannot read who the others are, its operator's log says which file; a peer hears that it is so."""
    site = Site(tmp_path, little())
    missing = tmp_path / "peers.json"
    dealer = site.servers[Role.DEALER]
    dealer.neighbours = replace(dealer.neighbours, peers=lambda: read_peers(missing))
    with pytest.raises(PeerError) as told:
        site.connect()
    until(lambda: any(str(missing) in str(error) for *_, error in site.errors))
    assert str(tmp_path) not in str(told.value)
    site.close()


def test_another_plan_is_refused(site):
    with pytest.raises(HandshakeError, match="another plan"):
        site.connect(plan_hash="0" * 64)


def test_strangers_are_refused(site):
    with pytest.raises(PeerError):
        site.connect("stranger")
    with pytest.raises(PeerError):  # an evaluator may not ask
        site.connect("first_client")


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
        ms.send(session._works[role], ms.ORDER, ms.Order(number=again, images=1, seeds=(seed,)))
        with pytest.raises(PeerError, match=f"run {again} cannot be prepared here"):
            session._works[role].recv(ms.MADE)
    assert sorted(drawn, key=str) == [(role, 0) for role in EVALUATORS]
    session.close()


@pytest.mark.parametrize(
    ("site", "gone"), [(setting, role) for setting in Setting for role in setting.roles], indirect=["site"]
)
def test_a_server_that_goes_ends_the_session_and_no_level_is_made_up(site, gone):
    picture, _ = clear_picture()
    session = site.connect()
    session.prepare()
    site.servers[gone].close()
    with pytest.raises(PeerError):
        for _ in range(3):
            session.prepare()
            session.run(picture[None])
    session.close()


def test_a_room_uses_it_as_any_other_session(site):
    picture, level = clear_picture()
    heard = []
    session = ServersInference.connect(
        site.neighbours(), site.bundle.plan.plan_hash, lambda event, number: heard.append((event, number)), site.setting
    )
    assert session.ready == 0 and not session.ended
    for _ in range(2):
        session.advance()
    assert session.ready == 2
    results = [session.infer(picture) for _ in range(2)]
    assert [result.outcome.level for result in results] == [level] * 2
    assert [result.number for result in results] == [0, 1]
    assert all(result.online.seconds > 0 and result.offline_s > 0 for result in results)
    assert [event for event in heard if event[0] == "claimed"] == [("claimed", 0), ("claimed", 1)]
    with pytest.raises(CorrelationError):
        session.infer(picture, wait_s=0.05)
    site.servers[Role.SECOND].close()
    with pytest.raises(PeerError):
        session.advance()
    assert session.ended
    session.close()


def test_what_is_left_of_attempts_keeps_no_place(tmp_path):
    """One server is away: what the others hold of each attempt goes with it, long before its time to come together."""
    site = Site(tmp_path, residual(), Limits(max_sessions=2, handshake_timeout_s=86_400))
    site.servers[Role.SECOND].drain()
    for _ in range(6):
        with pytest.raises(SnniError):
            site.connect()
        for server in site.servers.values():
            while server.sessions:
                time.sleep(0.02)
    site.close()


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_nothing_of_a_session_is_left_at_a_server(tmp_path, setting):
    """No thread either: who comes and goes without end would take all that a process may have."""
    before = set(threading.enumerate())
    site = Site(tmp_path, residual(), setting=setting)
    picture, level = clear_picture()
    for _ in range(2):
        session = site.connect()
        session.prepare()
        assert session.run(picture[None]).results == (level,)
        session.close()
    site.close()
    until(lambda: not [one for one in set(threading.enumerate()) - before if one.name.startswith("snni-")])


def test_a_client_that_says_nothing_is_let_go(tmp_path):
    site = Site(tmp_path, residual(), Limits(idle_timeout_s=0.5))

    def connected():
        with suppress(PeerError):  # let go before all were connected, on a busy machine
            return site.connect()

    session = until(connected)
    for role in ROLES:  # each server lets it go by itself
        while site.servers[role].sessions:
            time.sleep(0.02)
    with pytest.raises(PeerError):
        session.prepare()
    site.close()


def test_a_session_that_has_lived_long_enough_ends(tmp_path):
    """However often who asks says that it is there: it comes again, and shows its certificate."""
    site = Site(tmp_path, residual(), Limits(lifetime=Lifetime(age_s=0)))
    for said in (AskingSession.prepare, AskingSession.keep_alive):
        session = site.connect()
        with pytest.raises(PeerError, match="reached its age"):
            said(session)
        session.close()
    site.close()


def test_who_asks_knows_when_a_session_should_have_a_successor(tmp_path):
    """By its own clock, and by the age at which the first of the servers ends it."""
    site = Site(tmp_path, residual(), Limits(lifetime=Lifetime(age_s=200.0)))
    site.servers[Role.SECOND].limits = Limits(lifetime=Lifetime(age_s=100.0))
    session = site.connect()
    assert not session.spent
    session._began -= 90.0
    assert session.spent
    session.close()
    site.close()


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_a_client_has_its_inferences_of_a_day_whatever_it_shows(tmp_path, setting):
    """A batch counts as the levels that it gives. Either evaluator counts for itself."""
    site = Site(tmp_path, residual(), Limits(max_inferences_per_day=3), setting)
    picture, level = clear_picture()
    pictures = np.repeat(picture[None], 2, axis=0)

    def ask(name):
        session = site.connect(name)
        try:
            session.prepare(2)
            return session.run(pictures).results
        finally:
            session.close()

    assert ask("asker") == (level, level)
    with pytest.raises(PeerError, match="its 3 inferences of the day"):
        ask("asker_renewed")
    assert ask("other") == (level, level)
    for role in EVALUATORS:
        assert site.servers[role].budget.taken == {CLIENT_ID: 2, f"{CLIENT_ID}1": 2}
    site.close()


def test_a_client_has_its_share_of_sessions_whatever_it_shows(tmp_path):
    site = Site(tmp_path, residual(), Limits(max_sessions_per_client=1))
    first, other = site.connect("asker"), site.connect("other")
    with pytest.raises(PeerError, match="another session of this client"):
        site.connect("asker_renewed")
    for session in (first, other):
        session.prepare()
        session.close()
    site.close()


@pytest.mark.parametrize(
    ("setting", "target"), [(setting, target) for setting in Setting for target in range(2 + 3 * setting.active)]
)
def test_a_short_key_of_another_server_is_none_of_the_protocols(tmp_path, monkeypatch, setting, target):
    """Whichever of a session's: it ends the session as any message does that is none."""
    real, keys = SocketChannel.send, itertools.count()

    def send(self, tag, payload):
        cut = tag == ms.KEY and next(keys) == target
        return real(self, tag, payload[:-1] if cut else payload)

    site = Site(tmp_path, little(), setting=setting)
    monkeypatch.setattr(SocketChannel, "send", send)
    try:
        session = site.connect()
        session.prepare()
        session.close()
    except PeerError:
        until(lambda: any(isinstance(error, WireError) and "KEY" in str(error) for *_, error in site.errors))
    else:
        assert next(keys) <= target
    site.close()
    assert all(isinstance(error, SnniError) for *_, error in site.errors)
