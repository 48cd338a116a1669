"""What a person at the ward's dashboard sees, and when: levels and alerts by the dashboard's own events and API."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

POLL_S = 1.0


@dataclass
class Shown:
    """A level as the ward saw it: captured_at and shown_at in seconds since the epoch."""

    captured_at: float
    shown_at: float
    level: int


@dataclass
class WardWatch:
    """Follows one ward on a thread of its own until ``stop``. token: an API token that lets see it."""

    url: str
    ward: str
    token: str
    levels: dict[float, Shown] = field(default_factory=dict)
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._events, name="ward-events", daemon=True),
            threading.Thread(target=self._poll, name="ward-poll", daemon=True),
        ]
        self._lock = threading.Lock()

    def start(self) -> WardWatch:
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        self._stop.set()
        self._threads[1].join(5)
        self.look()

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self._request(path), timeout=5) as answer:
            return json.load(answer)

    def _request(self, path: str) -> urllib.request.Request:
        bearer = {"Authorization": f"Bearer {self.token}"}
        return urllib.request.Request(self.url.rstrip("/") + path, headers=bearer)

    def _poll(self) -> None:
        while not self._stop.wait(POLL_S):
            self.look()

    def _events(self) -> None:
        """The dashboard's event stream: each event is a reason to look at once."""
        while not self._stop.is_set():
            try:
                with urllib.request.urlopen(self._request(f"/events?ward={self.ward}"), timeout=30) as stream:
                    for line in stream:
                        if self._stop.is_set():
                            return
                        if line.startswith(b"data:"):
                            self.look()
            except (urllib.error.URLError, OSError):
                self._stop.wait(0.5)

    def look(self) -> None:
        """Read the ward once; a dashboard that is away is read again later."""
        try:
            ward = self._get(f"/api/v1/ward/{self.ward}")
        except (urllib.error.URLError, OSError, ValueError):
            return
        now = time.time()
        with self._lock:
            for room in ward["rooms"]:
                for camera in room["cameras"]:
                    self._note(camera, now)
            for alert in (*ward["open"], *ward["recent"]):
                self.alerts[alert["id"]] = alert

    def _note(self, camera: dict[str, Any], now: float) -> None:
        for moment, level in camera["trend"]:
            captured = datetime.fromisoformat(moment).timestamp()
            self.levels.setdefault(captured, Shown(captured, now, level))
        picture = camera["picture"]["text"]
        if not self.pictures or self.pictures[-1] != picture:
            self.pictures.append(picture)
