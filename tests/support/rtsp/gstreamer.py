"""A camera whose RTSP is another project's: GStreamer's server, which Debian packages, as a child process."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.support.rtsp.coded import Coded

PYTHON = "/usr/bin/python3"
"""The system's, which has Debian's python3-gi."""
SERVER = Path(__file__).with_name("gstreamer_process.py")
START_CODE = b"\0\0\0\1"


@dataclass
class GstreamerCamera:
    """directory: for its videos and its log. transport: tcp or udp, the only one that it offers. played: PLAYs.

    payloading: properties of its payloader.
    """

    directory: Path
    video: Coded
    login: tuple[str, str] | None = None
    transport: str = "tcp"
    port: int = 0
    payloading: str = ""
    played: int = 0
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)
    _listening: threading.Thread = field(default_factory=threading.Thread, repr=False)

    def __enter__(self) -> Self:
        self.boot()
        return self

    def __exit__(self, *_: object) -> None:
        self.crash()

    def url(self) -> str:
        """Where it serves."""
        return f"rtsp://localhost:{self.port}/stream1"

    def boot(self) -> None:
        """Listen: on any free port the first time, on the same one afterwards."""
        told = {"codec": self.video.codec, "fps": self.video.fps, "video": str(self._written(self.video))}
        told |= {"login": self.login, "transport": self.transport, "port": self.port}
        told["payloading"] = self.payloading
        command = [PYTHON, str(SERVER), json.dumps(told)]
        with (self.directory / "gstreamer.log").open("a") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        first = self._process.stdout.readline().strip()
        assert first.isdecimal(), (self.directory / "gstreamer.log").read_text()
        self.port = int(first)
        self._listening = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listening.start()

    def crash(self) -> None:
        """Stop without a goodbye."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._listening.join()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                pipe.close()
            self._process = None

    def freeze(self) -> None:
        """Say nothing more, with every connection open."""
        self._told(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        self._told(signal.SIGCONT)

    def show(self, video: Coded) -> None:
        """Go on with another video of the same codec, within running sessions."""
        assert self._process is not None and self._process.stdin is not None
        self.video = video
        self._process.stdin.write(f"{self._written(video)}\n")
        self._process.stdin.flush()

    def _told(self, what: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(what)

    def _listen(self, lines: Iterable[str]) -> None:
        for _ in lines:
            self.played += 1

    def _written(self, video: Coded) -> Path:
        path = self.directory / f"video-{id(video)}.units"
        units = [b"".join(START_CODE + nal for nal in unit) for unit in video.units]
        path.write_bytes(b"".join(len(unit).to_bytes(4, "big") + unit for unit in units))
        return path
