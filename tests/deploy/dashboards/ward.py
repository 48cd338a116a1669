"""For whoever is responsible for a ward: is everybody looked after, and does what is seen arrive in time?"""

from __future__ import annotations

from tests.deploy.dashboards.panel import Board, Panel

NOW = (
    Panel(
        "Pixel to level, p95",
        "A frame captured to its level applied on the ward. Objective: 1.5 s.",
        [("veilward:pixel_to_level_seconds:p95", "p95")],
        look="stat",
        unit="s",
        wide=4,
        bad=1.5,
    ),
    Panel(
        "Open alerts",
        "Alerts that are open now, by level. Zero is good news.",
        [("sum by (level) (veilward_alerts_open)", "level {{level}}")],
        look="stat",
        wide=6,
    ),
    Panel(
        "Cameras not assessed",
        "errors: their newest evidence is too old, or there never was any. Nobody in view is the ordinary reason.",
        [
            ("sum(veilward_alerts_stale_cameras)", "evidence too old"),
            ("sum(veilward_alerts_unassessed_cameras)", "never assessed"),
        ],
        look="stat",
        wide=4,
        bad=1,
    ),
    Panel(
        "What alerts stands on",
        "1 while it works. Redis, bus, audit log and database may fail one by one: alarms go on from memory.",
        [
            ("min(veilward_alerts_redis_up)", "Redis"),
            ("min(veilward_alerts_nats_up)", "bus"),
            ("min(veilward_alerts_audit_up)", "audit log"),
            ("min(veilward_alerts_database_up)", "database"),
            ("sum(veilward_alerts_leads)", "replicas that lead"),
        ],
        look="stat",
        wide=6,
        least=1,
    ),
    Panel(
        "Since the test room's alert",
        "A drawn face in pain is shown there every hour; its alert reaches nobody. Nothing here: no test room.",
        [("veilward:probe_silent_seconds:by_camera", "{{camera}}")],
        look="stat",
        unit="s",
        wide=4,
        bad=4200,
    ),
)
LOOKED_AFTER = (
    Panel(
        "Time without a picture",
        "errors: share of half an hour and of six in which a camera sent none for a minute. Objective: 1 in 100.",
        [
            ("veilward:camera_uncovered:ratio_30m", "{{camera}}, half an hour"),
            ("veilward:camera_uncovered:ratio_6h", "{{camera}}, six"),
        ],
        unit="percentunit",
    ),
    Panel(
        "Age of evidence",
        "Since the newest level of a camera, and since its newest picture.",
        [
            ("veilward:evidence_age_seconds:by_camera", "{{camera}} level"),
            ("time() - max by (camera) (veilward_ingest_last_frame_timestamp_seconds > 0)", "{{camera}} picture"),
        ],
        unit="s",
    ),
    Panel(
        "Keyframes, crops, levels",
        "How often a picture is looked at, shows a face, and becomes a level.",
        [
            ("sum by (camera) (rate(veilward_keyframe_kept_total[$__rate_interval]))", "{{camera}} keyframes"),
            ("sum by (camera) (rate(veilward_keyframe_crops_total[$__rate_interval]))", "{{camera}} crops"),
            ("sum by (camera) (rate(veilward_snni_client_inferences_total[$__rate_interval]))", "{{camera}} levels"),
        ],
        unit="ops",
    ),
    Panel(
        "Camera states entered",
        "How often, since the services started: dark, covered, offline, nobody.",
        [
            ("sum by (camera, status) (veilward_ingest_state_changes_total)", ""),
            ("sum by (camera, status) (veilward_keyframe_state_changes_total)", ""),
        ],
        look="table",
    ),
    Panel(
        "Why keyframes are kept",
        "What made a picture worth looking at, since keyframe started.",
        [("sum by (camera, why) (veilward_keyframe_kept_total) > 0", "")],
        look="table",
    ),
    Panel(
        "Pictures that the ward does not allow",
        "errors: packets dropped undecoded, and frames not published, for consent, a mask or a shutter.",
        [
            ("sum by (camera) (rate(veilward_ingest_withheld_packets_total[$__rate_interval]))", "{{camera}} packets"),
            (
                'sum by (camera, why) (rate(veilward_ingest_samples_skipped_total{why=~"consent|mask|shutter"}'
                "[$__rate_interval]))",
                "{{camera}} {{why}}",
            ),
        ],
        unit="ops",
    ),
)
CALLED = (
    Panel(
        "Onset to alert",
        "First evidence of an episode to its alert. Two pieces of evidence are needed.",
        [("veilward:onset_to_alert_seconds:p50", "p50"), ("veilward:onset_to_alert_seconds:p95", "p95")],
        unit="s",
    ),
    Panel(
        "What became of alerts",
        "errors: changes of the last day: raised, notified, answered, called again, ended.",
        [
            (f"sum(increase(veilward_alerts_{what}_total[1d]))", text)
            for what, text in (
                ("raised", "raised"),
                ("notified", "notified"),
                ("acknowledged", "answered"),
                ("repeated", "called again"),
                ("widened", "more people asked"),
                ("resolved", "ended with an outcome"),
                ("cleared", "ended by calm"),
            )
        ],
    ),
    Panel(
        "Receivers",
        "errors: changes that no webhook, pager or care record has taken yet, and those given up.",
        [
            ("max(veilward_alerts_webhook_waiting)", "waiting"),
            ('sum(veilward_alerts_webhook_deliveries_total{result=~"failed|dropped"})', "webhooks"),
            ('sum(veilward_alerts_pager_deliveries_total{result=~"failed|dropped"})', "pagers"),
            ('sum(veilward_alerts_care_record_deliveries_total{result=~"failed|dropped"})', "care record"),
        ],
    ),
)
BOARD = Board(
    "ward",
    "ward",
    (__doc__ or "").strip(),
    (("Now", NOW), ("Is everybody looked after?", LOOKED_AFTER), ("Is somebody called in time?", CALLED)),
)
