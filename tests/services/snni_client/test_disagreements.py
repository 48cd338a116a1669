"""Room and edge that are not set up for each other: another plan, another format of crops, no bundle."""

from types import SimpleNamespace

import pytest

from localsite import parties
from localsite.nats_pair import start_pair
from localsite.site_file import write_site
from services.bus.models import StateMessage
from services.site.file import load_site
from services.snni_client.edge import DISAGREEMENTS
from services.snni_client.service import check_crops
from snni.errors import HandshakeError
from tests.services.snni_client.line import Line, exported
from tests.support.networks import grey
from tests.support.waiting import PATIENCE_S, eventually


def test_crops_that_only_their_margin_tells_apart_are_another_format(tmp_path):
    for sent, taken in (("224x224x3", "224x224x3-close"), ("224x224x3-close", "224x224x3")):
        write_site(tmp_path / "site.yaml", ["cam-1"], "home", {"cam-1": sent})
        site = load_site(tmp_path / "site.yaml")
        plan = grey().plan.model_copy(update={"crop": taken})
        with pytest.raises(HandshakeError, match=f"set `crop: {taken}` for it in site.yaml") as caught:
            check_crops(site, SimpleNamespace(plan=plan))
        assert caught.value.field in DISAGREEMENTS
        check_crops(site, SimpleNamespace(plan=plan.model_copy(update={"crop": sent})))


async def test_another_plan_or_crop_format_is_a_state_and_not_ready(tmp_path, pki):
    for name, options in (("plan", {"plan_hash": "0" * 64}), ("crop", {"crop": "224x224x3"})):
        directory = tmp_path / name
        directory.mkdir()
        pair = start_pair(directory, pki)
        await pair.provision()
        line = Line(directory, pair, **options)
        try:
            async with exported(pair) as messages:

                async def told(messages=messages):
                    return any(m.status == "model_mismatch" for m in await messages(StateMessage))

                await eventually(told)
            assert line.client.running and not line.client.ready()
            assert any(event["kind"] == "HandshakeError" for event in line.events("edge_lost"))
        finally:
            line.stop()
            pair.stop()


def test_a_bundle_that_is_not_one_is_one_clear_line(tmp_path, pki):
    for name, content in (("empty", {}), ("noise", {"plan.json": b"noise"})):
        bundle = tmp_path / name
        bundle.mkdir()
        for file, body in content.items():
            (bundle / file).write_bytes(body)
        server = parties.server(bundle, tmp_path, pki).start()
        assert server.wait(PATIENCE_S) == 2
        last = server.log.read_text().strip().splitlines()[-1]
        assert last.startswith("veilward-snni-server: ") and "plan.json" in last
        server.log.unlink()
