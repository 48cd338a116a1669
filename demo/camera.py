"""The demo's camera: a video by aiortc or headless Chromium, this machine's own camera, or the viewer's browser's."""

from __future__ import annotations

import argparse
from pathlib import Path

from localsite.cameras.browser_camera import to_mjpeg
from localsite.process import START_TIMEOUT_S, Process, python
from localsite.stack import CAMERA, Stack

PERSON_S = 86_400.0
"""How long a person may take to press the page's button: the demo has nothing to do before."""


def camera(stack: Stack, video: Path | None, options: argparse.Namespace) -> Process:
    """The camera's process. Without a video a real one: this machine's, or that of whichever browser opens its page."""
    certificate, _, ca = stack.pki.cert("ingest_web")
    if options.browser and video is not None:
        module, played = "localsite.cameras.browser_camera", stack.root / "video.mjpeg"
        seconds = to_mjpeg(video, played)
        arguments = ["--video", str(played), "--cert", str(certificate)] + ["--seconds", str(seconds)] * options.once
    elif video is not None:
        module = "localsite.cameras.aiortc_camera"
        arguments = ["--ca", str(ca), "--video", str(video.resolve())] + ["--loop"] * (not options.once)
    else:
        module = "localsite.cameras." + ("own_browser.camera" if options.browser else "aiortc_camera")
        arguments = ["--ca", str(ca)] + ["--seconds", str(options.seconds)] * options.once
        arguments += [] if options.browser else ["--device", options.camera]
    session = ["--whip-url", stack.whip_url(), "--token", stack.tokens[CAMERA]]
    return Process("camera", python(module, *session, *arguments), stack.root / "room" / "camera.log")


def first_frame_at(source: Process, patience_s: float = START_TIMEOUT_S) -> float:
    """When the video's second 0 was sent; of a browser, when it was connected. Raises ProcessError with its log."""

    def sent() -> float | None:
        for event in source.events():
            if "first_frame_at" in event:
                return float(event["first_frame_at"])
            if event["event"] == "connected":
                return float(event["at"])
        return None

    return source.wait_for("picture sent", sent, patience_s)
