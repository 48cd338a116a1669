"""What must not be in a zone's process, its logs or on its bus."""

import json
import subprocess
import sys

from services.bus.subjects import PAIN_ALL, STATE_ALL
from tests.support.waiting import eventually


async def test_logs_hold_no_pixels_and_no_levels(line):
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(line.crop(1))

        async def scored():
            return line.events("scored")

        await eventually(scored)
    for service in (line.client, line.server):
        for event in service.events():
            assert event["level"] in ("INFO", "WARNING")  # the line's, and no face's
            assert not any(isinstance(value, list | dict) for value in event.values())
            assert len(json.dumps(event)) < 1000


def test_subjects_cover_what_is_exported():
    assert PAIN_ALL == "pain.>" and STATE_ALL == "state.>"


def test_services_do_not_import_what_their_zone_must_not_have():
    """The room's scorer runs without torch and safetensors, the edge without the bus."""
    for module, absent in (
        ("services.snni_client.main", ("torch", "safetensors", "cv2")),
        ("services.snni_server.main", ("torch", "nats", "cv2", "services.bus")),
    ):
        code = f"import {module}, sys; sys.exit(','.join(n for n in {absent!r} if n in sys.modules) or 0)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
