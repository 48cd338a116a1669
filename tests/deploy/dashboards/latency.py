"""For the engineer who asks why last night's levels came late: the way of a level in its stages, down to the layers."""

from __future__ import annotations

from tests.deploy.dashboards.panel import Board, Panel

PER_INFERENCE = 'sum by (kind) (rate(veilward_snni_client_layer_{what}_total{{phase="{phase}"}}[5m])) > 0'
COUNT = "scalar(sum(rate(veilward_snni_client_online_seconds_count[5m])))"


def layers(what: str, phase: str) -> list[tuple[str, str]]:
    """Seconds or bytes of one inference, by kind of layer."""
    return [(f"({PER_INFERENCE.format(what=what, phase=phase)}) / {COUNT}", "{{kind}}")]


WAY = (
    Panel(
        "The way of a level",
        "Where the mean level's time goes, from the frame's capture to the ward: parts one upon the other.",
        [("veilward:way_seconds:mean_5m", "{{part}}")],
        look="areas",
        unit="s",
        wide=12,
    ),
    Panel(
        "The same, now",
        "The mean of the last five minutes: the longest bar is where to look.",
        [("veilward:way_seconds:mean_5m", "{{part}}")],
        look="bars",
        unit="s",
        wide=6,
    ),
    Panel(
        "Slow levels",
        "errors: share that took longer than 1.5 s. Allowed over a month: 5 in 100.",
        [
            ("veilward:pixel_to_level_slow:ratio_1h", "an hour"),
            ("veilward:pixel_to_level_slow:ratio_6h", "six hours"),
        ],
        unit="percentunit",
        wide=6,
    ),
    Panel(
        "Pixel to level",
        "A frame captured to its level applied on the ward.",
        [("veilward:pixel_to_level_seconds:p50", "p50"), ("veilward:pixel_to_level_seconds:p95", "p95")],
        unit="s",
    ),
    Panel(
        "Captured to the end of a stage, p95",
        "keyframe: crop published; claimed: an inference was ready for it; scored: the level is out.",
        [("veilward:stage_seconds:p95 > 0", "{{stage}}")],
        unit="s",
    ),
    Panel(
        "Work on a frame, p95",
        "keyframe: one examined frame. ingest: capture to decoded picture, beyond the least seen.",
        [
            (
                "histogram_quantile(0.95, sum by (le) (rate(veilward_keyframe_examine_seconds_bucket"
                "[$__rate_interval])))",
                "keyframe",
            ),
            (
                "histogram_quantile(0.95, sum by (le) (rate(veilward_ingest_decode_lag_seconds_bucket"
                "[$__rate_interval])))",
                "ingest",
            ),
        ],
        unit="s",
    ),
)
ONLINE = (
    Panel(
        "Online seconds by layer",
        "Of the mean inference, at the room, waiting for the edge included. claim, input: what goes first.",
        layers("seconds", "online"),
        look="areas",
        unit="s",
    ),
    Panel("Online bytes by layer", "Both ways, of the mean inference.", layers("bytes", "online"), "areas", "bytes"),
    Panel(
        "Online seconds",
        "One inference, claim to level: at the room, and at the edge.",
        [
            ("veilward:snni_online_seconds:p50", "room p50"),
            ("veilward:snni_online_seconds:p95", "room p95"),
            (
                "histogram_quantile(0.95, sum by (le) (rate(veilward_snni_server_online_seconds_bucket"
                "[$__rate_interval])))",
                "edge p95",
            ),
        ],
        unit="s",
    ),
)
OFFLINE = (
    Panel(
        "Offline seconds by layer",
        "Work ahead for one inference. conv: encrypted convolutions; ot: what every comparison needs.",
        layers("seconds", "offline"),
        look="areas",
        unit="s",
    ),
    Panel("Offline bytes by layer", "Both ways, for one inference.", layers("bytes", "offline"), "areas", "bytes"),
    Panel(
        "Offline seconds",
        "Work ahead for one inference. Above a camera's period, pools run empty.",
        [("veilward:snni_offline_seconds:p50", "p50"), ("veilward:snni_offline_seconds:p95", "p95")],
        unit="s",
    ),
    Panel(
        "Wait for an inference",
        "A crop stored to one being ready for it. The autoscaler adds pods of the edge above half a second.",
        [("veilward:snni_claim_wait_seconds:mean_5m", "mean")],
        unit="s",
    ),
    Panel(
        "Ready",
        "Inferences that could start now: at the rooms, at the edge, and how many there should be.",
        [
            ("sum(veilward_snni_client_pool_ready)", "rooms"),
            ("sum(veilward_snni_server_pool_ready)", "edge"),
            ("sum(veilward_snni_client_pool_target)", "target"),
        ],
    ),
    Panel(
        "The test room, p95 of a day",
        "errors: its first painful picture to its alert, the whole line and the policy's two pieces of evidence. No "
        "value before a show that began after Prometheus did.",
        [("veilward:probe_pixel_to_alert_seconds:p95_1d", "p95")],
        unit="s",
    ),
)
BOARD = Board(
    "latency",
    "latency",
    (__doc__ or "").strip(),
    (("The way of a level", WAY), ("Secure inference, online", ONLINE), ("Ahead of the frame", OFFLINE)),
)
