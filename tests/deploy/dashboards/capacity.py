"""For who plans and looks after machines: how full is what cameras, the edge and the ward stand on?"""

from __future__ import annotations

from tests.deploy.dashboards.panel import Board, Panel

EDGE = (
    Panel(
        "Sessions taken",
        "Of those that the edge's pods take together. At half, the autoscaler adds a pod; a full pod refuses devices.",
        [("sum(veilward_snni_server_sessions) / sum(veilward_snni_server_sessions_limit)", "taken")],
        look="stat",
        unit="percentunit",
        wide=6,
        bad=0.9,
    ),
    Panel(
        "Inferences of the day",
        "Used of its allowance by the device that used most, and prepared of what may be. Above, the edge refuses it "
        "until the next day; much more prepared than used is a device that orders and does not claim.",
        [
            ("max(veilward_snni_server_budget_used_ratio)", "used"),
            ("max(veilward_snni_server_orders_used_ratio)", "prepared"),
        ],
        look="stat",
        unit="percentunit",
        wide=6,
        bad=0.9,
    ),
    Panel(
        "Kept for one inference",
        "Bytes that the edge keeps for each inference that a device has ready.",
        [("max(veilward_snni_server_stored_bytes)", "edge")],
        look="stat",
        unit="bytes",
        wide=6,
    ),
    Panel(
        "Services up",
        "Processes that answer Prometheus.",
        [("sum(up)", "up")],
        look="stat",
        wide=6,
    ),
    Panel(
        "Sessions",
        "Rooms that have one, sessions at the edge, and how many it takes.",
        [
            ("sum(veilward_snni_client_edge_connected)", "rooms"),
            ("veilward:snni_sessions:sum", "edge"),
            ("sum(veilward_snni_server_sessions_limit)", "takes"),
        ],
    ),
    Panel(
        "Correlations",
        "Made, claimed and burnt at the edge. Burnt and never claimed: sessions that end often.",
        [
            (
                'sum by (event) (rate(veilward_snni_server_events_total{event=~"made|claimed|burnt"}'
                "[$__rate_interval]))",
                "{{event}}",
            )
        ],
        unit="ops",
    ),
    Panel(
        "Crops skipped",
        "errors: since the client started. evicted: scoring is slower than crops come. too_old: nothing was ready.",
        [("sum by (camera, reason) (veilward_snni_client_skipped_total)", "{{camera}} {{reason}}")],
    ),
)
PROCESSES = (
    Panel(
        "CPU", "Cores, by service.", [("sum by (job) (rate(process_cpu_seconds_total[$__rate_interval]))", "{{job}}")]
    ),
    Panel(
        "Memory", "Resident, by service.", [("sum by (job) (process_resident_memory_bytes)", "{{job}}")], unit="bytes"
    ),
    Panel(
        "Descriptors",
        "Open, of those that a process may open: a line that climbs for hours is a leak.",
        [("max by (job) (process_open_fds / process_max_fds)", "{{job}}")],
        unit="percentunit",
    ),
    Panel(
        "Frames",
        "Received, published once a second, and examined, by camera.",
        [
            ("sum by (camera) (rate(veilward_ingest_frames_total[$__rate_interval]))", "{{camera}} received"),
            ("sum by (camera) (rate(veilward_ingest_samples_total[$__rate_interval]))", "{{camera}} published"),
            (
                "sum by (camera) (rate(veilward_keyframe_frames_examined_total[$__rate_interval]))",
                "{{camera}} examined",
            ),
        ],
        unit="ops",
    ),
    Panel(
        "Errors",
        "errors: a second, by kind; what persists is a ticket (ErrorsPersist).",
        [("veilward:errors:rate_5m", "{{metric}}")],
        unit="ops",
    ),
    Panel(
        "Link of room and edge",
        "SNNI bytes a second at the rooms, both ways.",
        [("sum by (phase) (rate(veilward_snni_client_bytes_total[$__rate_interval]))", "{{phase}}")],
        unit="Bps",
    ),
)
STORES = (
    Panel(
        "Stores",
        "How full: the ward's streams, Redis where it has a limit, this machine's volume, every claimed volume.",
        [("veilward:store_used:ratio", "{{store}}")],
        unit="percentunit",
    ),
    Panel(
        "Bytes held",
        "By the ward's streams, Redis, PostgreSQL and the volume of alerts.",
        [("max by (store) (veilward_alerts_store_bytes)", "{{store}}")],
        unit="bytes",
    ),
    Panel(
        "Redis and PostgreSQL: operations",
        "Commands that Redis ran, transactions of the database.",
        [("sum by (store) (rate(veilward_alerts_store_operations_total[$__rate_interval]))", "{{store}}")],
        unit="ops",
    ),
    Panel(
        "Redis and PostgreSQL: connections",
        "Of all their clients.",
        [("max by (store) (veilward_alerts_store_connections)", "{{store}}")],
    ),
    Panel(
        "Events that wait",
        "errors: in the ward's stream, not taken yet by alerts.",
        [("veilward:waiting_events:max", "events")],
    ),
    Panel(
        "Messages at the ward",
        "By kind and verdict.",
        [
            (
                "sum by (kind, verdict) (rate(veilward_alerts_messages_total[$__rate_interval])) > 0",
                "{{kind}} {{verdict}}",
            )
        ],
        unit="ops",
    ),
)
BUS = (
    Panel(
        "NATS: bytes",
        "By the servers' own count. ROOM: frames and crops on a leaf; WARD: levels and states on the hub.",
        [("sum by (account, way) (rate(veilward_bus_account_bytes_total[$__rate_interval]))", "{{account}} {{way}}")],
        unit="Bps",
    ),
    Panel(
        "NATS: connections",
        "Of clients and of leaves, by account.",
        [("max by (account, kind) (veilward_bus_account_connections)", "{{account}} {{kind}}")],
    ),
    Panel(
        "Leaves: what waits in a room",
        "errors: events in a device's OUT that the hub has not taken yet; climbs while a leaf has lost the hub.",
        [("max by (device) (veilward_alerts_device_waiting_events)", "{{device}}")],
    ),
    Panel(
        "Connected to the bus",
        "1 while every process of a service is.",
        [("veilward:bus_connected:by_job", "{{job}}")],
    ),
    Panel(
        "Bus trouble",
        "errors: since the services started.",
        [
            ("sum(veilward_bus_reconnects_total)", "connections regained"),
            ("sum(veilward_bus_dropped_messages_total)", "pushed out by newer"),
            ("sum(veilward_bus_slow_consumers_total)", "slow consumers"),
        ],
    ),
)
BOARD = Board(
    "capacity",
    "capacity",
    (__doc__ or "").strip(),
    (
        ("The edge", EDGE),
        ("Processes", PROCESSES),
        ("Streams, Redis, PostgreSQL, volumes", STORES),
        ("NATS, leaf and hub", BUS),
    ),
)
