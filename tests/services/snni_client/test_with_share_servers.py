"""snni_client with three and with four share servers as real processes; a mode is never another by itself."""

from __future__ import annotations

import numpy as np
import pytest

from localsite.nats_pair import start_pair
from localsite.service import Service
from localsite.share_servers import ShareServers
from localsite.site_file import write_site
from services.bus.models import PainMessage
from services.runtime.errors import SettingsError
from services.runtime.settings import load
from services.snni_client.settings import SnniClientSettings
from services.snni_server.settings import SnniServerSettings
from snni.model.reference import Reference
from snni.multiparty.roles import Setting
from tests.services.snni_client.test_with_the_server import Line, exported
from tests.support.networks import grey
from tests.support.waiting import eventually


class ServersLine(Line):
    """The client and its share servers, and the buses around them."""

    def __init__(self, directory, pair, setting):
        super(Line, self).__init__()
        self.pair, self.producer, self.sequence = pair, "0" * 32, 0
        self.servers = ShareServers(grey(), directory / "shares", pair.pki, setting=setting).start()
        certificate, key, ca = pair.pki.cert("snni_client")
        write_site(directory / "site.yaml", ["cam-1"], "home", {"cam-1": "48x48x1"})
        settings = pair.connection("snni_client") | {
            "site_file": directory / "site.yaml",
            "mode": setting.mode,
            "peers_file": self.servers.peers,
            "plan_hash": grey().plan.plan_hash,
            "certificate": certificate,
            "key": key,
            "ca": ca,
            "heartbeat_s": 0.5,
            "reconnect_max_s": 1.0,
        }
        self.client = Service("snni_client", settings, directory).start()

    def stop(self):
        self.client.stop()
        self.servers.stop()


@pytest.fixture(params=Setting, ids=lambda setting: setting.mode)
async def line(tmp_path, pki, request):
    pair = start_pair(tmp_path, pki)
    await pair.provision()
    running = ServersLine(tmp_path, pair, request.param)
    await running.ready()
    yield running
    running.stop()
    pair.stop()


async def scored(line, messages, seeds):
    """Levels after publishing a crop of each seed; oldest first."""
    before = len(await messages(PainMessage))
    async with line.pair.bus("keyframe") as room:
        for at, seed in enumerate(seeds):
            await room.publish_durable(line.crop(seed))

            async def arrived(count=before + at + 1):
                return len(await messages(PainMessage)) == count

            await eventually(arrived)
    return [message.level for message in (await messages(PainMessage))[before:]]


async def test_levels_come_also_after_each_server_was_killed(line):
    reference = Reference(grey().plan, grey().weights)
    async with exported(line.pair) as messages:
        expected = []
        for seed, role in enumerate(line.servers.setting.roles):
            pixels = np.random.default_rng(seed).integers(0, 256, (1, 48, 48), np.uint8)
            drawn = {int(np.argmax(scores)) for scores in reference.draws(pixels, 24)}
            (level,) = await scored(line, messages, [seed])
            assert level in drawn
            expected.append(level)
            line.servers.services[role].kill()

            line.servers.services[role].start()

            async def found_again(count=seed + 2):
                return len(line.events("edge_found")) >= count and line.client.ready()

            await eventually(found_again)
        assert (await scored(line, messages, [0]))[0] in range(4)
    claimed = [(event["epoch"], event["number"]) for event in line.events("claimed")]
    assert len(claimed) == len(set(claimed)) == len(line.servers.services) + 1


def test_settings_of_two_modes_do_not_mix(monkeypatch, tmp_path):
    def client(**values):
        common = {"SITE_FILE": tmp_path / "s", "CERTIFICATE": "c", "KEY": "k", "CA": "a", "NATS_URL": "tls://x:1"}
        common |= {"NATS_CERT": "c", "NATS_KEY": "k", "NATS_CA": "a"}
        for name, value in (common | values).items():
            monkeypatch.setenv(f"VEILWARD_SNNI_CLIENT_{name}", str(value))
        return lambda: load(SnniClientSettings)

    for values in (
        {"MODE": "three-servers", "PLAN_HASH": "0" * 64, "EDGE_URL": "snni://e:1", "PEERS_FILE": "p"},
        {"MODE": "three-servers", "EDGE_URL": ""},
        {"MODE": "four-servers", "PLAN_HASH": "0" * 64, "EDGE_URL": "snni://e:1", "PEERS_FILE": "p"},
        {"MODE": "four-servers", "PLAN_HASH": "0" * 64},
        {"MODE": "five-servers", "PLAN_HASH": "0" * 64, "PEERS_FILE": "p"},
    ):
        with monkeypatch.context() as patched:
            monkeypatch = patched
            with pytest.raises(SettingsError):
                client(**values)()


@pytest.mark.parametrize(
    "values", [{}, {"bundle": "b", "share": "s"}, {"share": "s"}, {"bundle": "b", "peers_file": "p"}]
)
def test_a_server_has_one_role(values):
    with pytest.raises(ValueError, match=r"set bundle|a share server|for a share server"):
        SnniServerSettings(certificate="c", key="k", ca="a", **values)
