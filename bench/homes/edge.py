"""Room devices' work at an edge, by events: which crop is scored when, and what the autoscaler makes of it.

Measured are the times of one inference on one core, online and ahead of it (`./run bench capacity`). Simulated are
the keyframes of cameras, the cores of pods, which take what a crop waits for before what is prepared, each device's
pool and its one waiting crop a camera, of which the newest wins. A device meets a pod by chance and its session stays
there; a full pod refuses, and the device dials again after the client's longest pause, which is longer than the
Service of deploy/k8s keeps it to a pod (ClientIP): it meets a pod by chance again.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.homes.autoscaler import LOOK_S, Autoscaler
from services.snni_client.settings import SnniClientSettings

AGAIN_S: float = SnniClientSettings.model_fields["reconnect_max_s"].default
"""The client's longest pause before it dials again."""


@dataclass(frozen=True)
class Scene:
    """cameras of devices, so many each, that come in over arrive_s; a keyframe a period; watched for so long (seconds).

    online_s, offline_s: of one inference, on one core of the edge. cores, sessions: of a pod. pool: kept ready.
    """

    cameras: int
    per_device: int
    period_s: float
    seconds: float
    arrive_s: float
    online_s: float
    offline_s: float
    cores: int
    sessions: int
    pool: int
    seed: int = 1


class Scored(NamedTuple):
    """A level: of which camera, when its picture was captured and when the level was there, seconds."""

    camera: int
    captured_s: float
    at_s: float


@dataclass
class _Pod:
    free: int
    sessions: int = 0
    busy_s: float = 0.0
    online: deque[tuple[int, int, float]] = field(default_factory=deque)
    offline: deque[int] = field(default_factory=deque)


@dataclass
class _Device:
    pod: int
    ready: int = 0
    owed: int = 0
    crops: dict[int, float] = field(default_factory=dict)
    waits: deque[tuple[float, float]] = field(default_factory=deque)


class Edge:
    """One run. scored: every level, in order. skipped: crops that a newer one pushed out. refusals: by full pods.

    waited_s: of the device that waited longest for a session that it got. replicas: (when, how many).
    """

    def __init__(self, scene: Scene, autoscaler: Autoscaler | None, replicas: int) -> None:
        """autoscaler: None: there are `replicas` all the time."""
        self._scene, self._autoscaler = scene, autoscaler
        self._drawn = random.Random(scene.seed)
        self._order = itertools.count()
        self._events: list[tuple[float, int, str, int, int]] = []
        self._pods = [_Pod(scene.cores) for _ in range(replicas)]
        self._devices: dict[int, _Device] = {}
        self.scored: list[Scored] = []
        self.skipped = self.offered = self.refusals = 0
        self.waited_s = 0.0
        self._came: dict[int, float] = {}
        self.replicas = [(0.0, replicas)]

    def run(self) -> Edge:
        """To the end of the scene."""
        scene = self._scene
        devices = -(-scene.cameras // scene.per_device)
        for number in range(devices):
            self._at(scene.arrive_s * number / devices, "arrives", number)
        if self._autoscaler is not None:
            for number in range(1, int(scene.seconds / LOOK_S) + 1):
                self._at(number * LOOK_S, "looks")
        while self._events and self._events[0][0] <= scene.seconds:
            now, _, what, device, camera = heapq.heappop(self._events)
            getattr(self, f"_{what}")(now, device, camera)
        return self

    @property
    def refused(self) -> int:
        """Devices that have no session."""
        return len(self._came)

    @property
    def utilisation(self) -> float:
        """The share of all cores' time in which they worked."""
        ends = [at for at, _ in self.replicas[1:]] + [self._scene.seconds]
        given = sum((end - at) * number for (at, number), end in zip(self.replicas, ends, strict=True))
        return sum(pod.busy_s for pod in self._pods) / (given * self._scene.cores)

    @property
    def busy_cores(self) -> float:
        """Cores that were at work, on average."""
        return sum(pod.busy_s for pod in self._pods) / self._scene.seconds

    def _at(self, when: float, what: str, device: int = 0, camera: int = 0) -> None:
        heapq.heappush(self._events, (when, next(self._order), what, device, camera))

    def _arrives(self, now: float, device: int, _: int) -> None:
        pod = self._drawn.randrange(self.replicas[-1][1])
        came = self._came.setdefault(device, now)
        if self._pods[pod].sessions >= self._scene.sessions:
            self.refusals += 1
            self._at(now + AGAIN_S, "arrives", device)
            return
        del self._came[device]
        self.waited_s = max(self.waited_s, now - came)
        self._pods[pod].sessions += 1
        self._devices[device] = _Device(pod, owed=self._scene.pool)
        self._pods[pod].offline.extend([device] * self._scene.pool)
        first = device * self._scene.per_device
        for camera in range(first, min(first + self._scene.per_device, self._scene.cameras)):
            self._at(now + self._drawn.uniform(0, self._scene.period_s), "offers", device, camera)
        self._work(now, pod)

    def _offers(self, now: float, device: int, camera: int) -> None:
        one = self._devices[device]
        self.offered += 1
        self.skipped += camera in one.crops
        one.crops.pop(camera, None)
        one.crops[camera] = now
        self._at(now + self._scene.period_s, "offers", device, camera)
        self._claim(now, device)

    def _claim(self, now: float, device: int) -> None:
        """Crops take what is ready, the longest waiting first."""
        one = self._devices[device]
        while one.ready and one.crops:
            camera = next(iter(one.crops))
            captured = one.crops.pop(camera)
            one.ready, one.owed = one.ready - 1, one.owed + 1
            one.waits.append((now, now - captured))
            self._pods[one.pod].online.append((device, camera, captured))
            self._pods[one.pod].offline.append(device)
        self._work(now, one.pod)

    def _work(self, now: float, number: int) -> None:
        pod = self._pods[number]
        while pod.free and (pod.online or pod.offline):
            pod.free -= 1
            if pod.online:
                device, camera, captured = pod.online.popleft()
                pod.busy_s += self._scene.online_s
                self.scored.append(Scored(camera, captured, now + self._scene.online_s))
                self._at(now + self._scene.online_s, "frees", device)
            else:
                device = pod.offline.popleft()
                pod.busy_s += self._scene.offline_s
                self._at(now + self._scene.offline_s, "made", device)

    def _frees(self, now: float, device: int, _: int) -> None:
        number = self._devices[device].pod
        self._pods[number].free += 1
        self._work(now, number)

    def _made(self, now: float, device: int, _: int) -> None:
        one = self._devices[device]
        one.ready, one.owed = one.ready + 1, one.owed - 1
        self._pods[one.pod].free += 1
        self._claim(now, device)

    def _looks(self, now: float, *_: int) -> None:
        present = self.replicas[-1][1]
        if self._autoscaler is None:
            return
        wanted = self._autoscaler.replicas(now, present, dict(self._metrics(now)))
        if wanted != present:
            self.replicas.append((now, wanted))
            while len(self._pods) < wanted:
                self._pods.append(_Pod(self._scene.cores))

    def _metrics(self, now: float) -> Iterator[tuple[str, float]]:
        """What deploy/prometheus/adapter.yml serves; the wait is that of the last five minutes."""
        devices = list(self._devices.values())
        yield "veilward_snni_sessions", float(len(devices))
        short = [1 - one.ready / self._scene.pool for one in devices]
        yield "veilward_snni_pool_shortfall_ratio", sum(short) / len(short) if short else 0.0
        waits: list[float] = []
        for one in devices:
            while one.waits and one.waits[0][0] < now - 300:
                one.waits.popleft()
            waits += [wait for _, wait in one.waits]
        yield "veilward_snni_claim_wait_seconds", sum(waits) / len(waits) if waits else 0.0
