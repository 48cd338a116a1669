"""The links that inferences are measured over: those of SecFePAS's figure 3, and plain loopback.

The paper gives a rate and a delay and does not say which way the delay is counted; links are usually quoted by their
round trip, so the delay is taken as that, half of it each way.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """rate: bytes a second, each way at once; 0 without a limit. round_trip_s: half of it each way."""

    name: str
    rate: int = 0
    round_trip_s: float = 0.0

    @property
    def one_way_s(self) -> float:
        return self.round_trip_s / 2

    @property
    def relayed(self) -> bool:
        """Whether anything has to stand between the parties."""
        return self.rate > 0 or self.round_trip_s > 0

    def __str__(self) -> str:
        rate = f"{self.rate / 1e6:.0f} MB/s, " if self.rate else ""
        return f"{self.name} ({rate}{self.round_trip_s * 1e3:.0f} ms round trip)"

    def facts(self) -> dict[str, str | int | float]:
        """For the JSON."""
        return {
            "name": self.name,
            "rate_bytes_per_s": self.rate,
            "round_trip_ms": self.round_trip_s * 1e3,
            "one_way_ms": self.one_way_s * 1e3,
        }


LINKS = {
    link.name: link
    for link in (
        Link("loopback"),
        Link("lan", 1_000_000_000, 0.001),  # 1 GB/s
        Link("5g", 125_000_000, 0.005),  # 1 Gbit/s
        Link("wan", 400_000_000, 0.040),  # 400 MB/s
    )
}
