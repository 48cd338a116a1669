"""./run demo: a video through WebRTC, the room, secure inference and the ward's dashboard, all on this machine."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from demo.camera import PERSON_S, camera, first_frame_at
from demo.summary import Truth, compare_alerts, compare_levels, metric, percentiles
from demo.watch import WardWatch
from localsite.cameras.device import DeviceError, opened
from localsite.cameras.own_browser.camera import page_of
from localsite.cameras.synthetic_video import SECONDS, load_truth, synthetic_video
from localsite.links.errors import LinkError
from localsite.links.link import LINKS
from localsite.process import Process, ProcessError
from localsite.ranges import whole
from localsite.result_file import result_file
from localsite.site_file import WARD
from localsite.stack import Stack
from services.bus.errors import BusError
from services.runtime.errors import RuntimeFault
from snni.errors import SnniError
from video.errors import VideoError

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "models" / "expression-real"
MIN_PERIOD_S = 5.0
MARGIN = 1.25
DRAIN_S = 25.0


def keyframe_period(refill: float, cameras: int) -> float:
    """5 s where the machine keeps up, else what its measured refill rate allows, with a margin."""
    return max(MIN_PERIOD_S, math.ceil(refill * cameras * MARGIN * 2) / 2)


def follow(stack: Stack, source: Process, watch: WardWatch, console: Console) -> None:
    """Wait for the video's end and the last keyframe's level, telling what happens."""
    seen_levels = seen_alerts = 0
    ended: float | None = None
    while ended is None or time.monotonic() - ended < DRAIN_S:
        stack.sample_memory()
        source.sample_memory()
        if len(watch.levels) > seen_levels:
            seen_levels = len(watch.levels)
            newest = max(watch.levels.values(), key=lambda shown: shown.captured_at)
            console.print(f"level {newest.level}  ({newest.shown_at - newest.captured_at:.2f} s after its pixels)")
        if len(watch.alerts) > seen_alerts:
            seen_alerts = len(watch.alerts)
            console.print(f"[bold]alert {seen_alerts} on the ward's dashboard[/bold]")
        if ended is None and not source.running:
            ended = time.monotonic()
            if source.exit_code:
                raise ProcessError(f"the camera failed\n{source.log_end()}")
        time.sleep(0.3)


def summarise(
    stack: Stack, source: Process, watch: WardWatch, truth: Truth | None, started: float, period: float, refill: float
) -> dict[str, Any]:
    """The run as JSON-ready values."""
    room = {name: stack.services[name].metrics() for name in ("ingest", "keyframe", "snni_client")}
    scored = [event for event in stack.services["snni_client"].events() if event["event"] == "scored"]
    processes: dict[str, Process] = {**stack.services, "camera": source}
    client, inferences = room["snni_client"], max(1, len(scored))
    levels = sorted(watch.levels.values(), key=lambda shown: shown.captured_at)
    result: dict[str, Any] = {
        "frames_received": metric(room["ingest"], "veilward_ingest_frames_total"),
        "frames_examined": metric(room["keyframe"], "veilward_keyframe_frames_examined_total"),
        "keyframes": metric(room["keyframe"], "veilward_keyframe_kept_total"),
        "crops": metric(room["keyframe"], "veilward_keyframe_crops_total"),
        "inferences": len(scored),
        "skipped": metric(client, "veilward_snni_client_skipped_total"),
        "keyframe_period_s": period,
        "refill_s": round(refill, 3),
        "period_follows_refill": period > MIN_PERIOD_S,
        "pixel_to_level_s": percentiles([shown.shown_at - shown.captured_at for shown in levels]),
        "online_s": percentiles([event["online_s"] for event in scored]),
        "offline_s_mean": metric(client, "veilward_snni_client_offline_seconds_sum") / inferences,
        "online_bytes": metric(client, "veilward_snni_client_bytes_total", phase="online") / inferences,
        "offline_bytes": metric(client, "veilward_snni_client_bytes_total", phase="offline") / inferences,
        "peak_memory_mb": {name: round(service.sample_memory(), 1) for name, service in processes.items()},
        "pictures": watch.pictures,
    }
    alerts = list(watch.alerts.values())
    if truth is None:
        result["levels"] = [{"t": round(s.captured_at - started, 2), "level": s.level} for s in levels]
        result["alerts"] = alerts
        return result
    return result | compare_levels(levels, truth, started) | compare_alerts(alerts, truth, started, 2 * period + 10)


def show(result: dict[str, Any], console: Console) -> None:
    """A few lines for a person."""
    console.rule("summary")
    if result["period_follows_refill"]:
        refill, period = result["refill_s"], result["keyframe_period_s"]
        console.print(f"one inference is prepared in {refill:.1f} s here: one keyframe per {period:.1f} s, not per 5 s")
    crops, skipped = result["crops"], result["skipped"]
    console.print(f"{result['inferences']} secure inferences of {crops:.0f} crops; {skipped:.0f} skipped")
    pixel = result["pixel_to_level_s"]
    if pixel["p50"] is not None:
        console.print(f"pixel to level: p50 {pixel['p50']:.2f} s, p95 {pixel['p95']:.2f} s")
    if result.get("within_one") is not None:
        console.print(f"levels within one of the truth: {result['within_one']:.0%} ({result['exact']:.0%} equal)")
        alerted, painful = result["episodes_alerted"], len(result["episodes"])
        console.print(f"painful episodes alerted: {alerted} of {painful}; in calm: {len(result['alerts_in_calm'])}")


def play(options: argparse.Namespace, console: Console) -> dict[str, Any] | None:
    """Start, play, summarise. None when it ran until interrupted."""
    overrides: dict[str, dict[str, object]] = {"alerts": {"http_port": options.port}} if options.port else {}
    if options.camera is None:
        video: Path | None = options.video or synthetic_video(options.seconds, say=console.print)
    elif options.browser:
        video = None
        overrides["ingest"] = {"ice_addresses": "[]"}  # browsers send media from the machine's addresses, not loopback
    else:
        video = None
        with opened(options.camera):  # refused before anything is started
            console.print("this machine's camera is played; nothing of it is kept")
    entries = load_truth(video) if video else None
    console.print(f"network: {options.bundle.name}", markup=False)
    link = LINKS[options.link]
    with Stack(options.bundle, say=console.print, overrides=overrides, mode=options.mode, link=link) as stack:
        refill = stack.wait_pool()
        period = keyframe_period(refill, len(stack.cameras))
        stack.start_keyframe(period).ports()
        console.print(f"dashboard, signed in once by this link: [bold]{stack.viewer_link()}[/bold]", soft_wrap=True)
        watch = WardWatch(stack.dashboard_url, WARD, stack.viewer_token()).start()
        with camera(stack, video, options) as source:
            if video is None and options.browser:
                console.print(f"your camera, on this machine: [bold]{page_of(source)}[/bold]", soft_wrap=True)
                started = first_frame_at(source, PERSON_S)
            else:
                started = first_frame_at(source)
            if not options.once:
                console.print("playing until Ctrl-C")
            follow(stack, source, watch, console)
        watch.stop()
        truth = Truth.parse(entries) if entries and not options.browser else None  # a browser starts when it likes
        return summarise(stack, source, watch, truth, started, period, refill) | {
            "video": video.name if video else None,
            "link": link.facts(),
            "finished_at": datetime.now().astimezone().isoformat(),
        }


def free_port(text: str) -> int:
    """A port that the dashboard can listen on; 0 for any. Raises argparse.ArgumentTypeError: it is none, or taken."""
    if not (text.isdecimal() and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(f"{text} is no port: name one from 1 to 65535")
    try:
        socket.create_server(("127.0.0.1", int(text))).close()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"port {text}: {os.strerror(error.errno or 0)}; name another") from error
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """0; 1 when nothing was inferred; 2 after a message that says what to do."""
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the video, with a summary")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--video", type=Path, help="any video file instead of the synthetic face")
    source.add_argument(
        "--camera", nargs="?", const="", metavar="DEVICE", help="this machine's camera instead: /dev/video0, or another"
    )
    parser.add_argument(
        "--seconds",
        type=whole(1),
        default=SECONDS,
        help="of the drawn video (20 or more), of --camera --once",
    )
    parser.add_argument(
        "--browser",
        action="store_true",
        help="publish by headless Chromium instead of aiortc; with --camera: your own browser's camera",
    )
    parser.add_argument("--bundle", type=Path, default=BUNDLE, help="another compiled network of four levels")
    parser.add_argument(
        "--mode",
        choices=("two-party", "three-servers", "three-servers-active", "four-servers"),
        default="two-party",
        help="who computes on the crops",
    )
    parser.add_argument(
        "--link",
        choices=tuple(LINKS),
        default="loopback",
        help="between the room and whoever computes: this machine's own, or as slow as "
        + ", ".join(str(link) for link in LINKS.values() if link.relayed),
    )
    parser.add_argument("--port", type=free_port, default=0, help="the dashboard's port (default: any free one)")
    parser.add_argument("--json", type=result_file, help="write the summary here")
    options = parser.parse_args(argv)
    console = Console(stderr=True, highlight=False)
    if options.camera and options.browser:
        parser.error("--camera --browser takes no device: the browser asks which one")
    if options.video is not None and not options.video.is_file():
        console.print(f"demo: --video {options.video}: no such file", style="red", markup=False, soft_wrap=True)
        return 2
    try:
        result = play(options, console)
    except KeyboardInterrupt:
        console.print("stopped")
        return 0
    except (DeviceError, LinkError, ProcessError, SnniError, BusError, RuntimeFault, VideoError, OSError) as error:
        console.print(f"demo: {error}", style="red", markup=False, soft_wrap=True)
        return 2
    if result is None:
        return 0
    show(result, console)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    return 0 if result["inferences"] else 1


if __name__ == "__main__":
    for told in (signal.SIGTERM, signal.SIGHUP):  # `kill`, a window that is closed: what Ctrl-C ends ends too
        if signal.getsignal(told) is not signal.SIG_IGN:
            signal.signal(told, signal.default_int_handler)
    sys.exit(main())
