"""For the privacy officer: what crosses from zone to zone, in bytes and messages, and what must be 0."""

from __future__ import annotations

from tests.deploy.dashboards.panel import Board, Panel

NEVER = (
    Panel(
        "Bytes of faces that left a room",
        "zero: over leaf connections, by the room's own NATS server, of the account that has frames and crops.",
        [('sum(veilward_bus_crossed_bytes_total{account="ROOM"})', "bytes")],
        look="stat",
        unit="bytes",
        wide=6,
        bad=1,
    ),
    Panel(
        "Ways out of the account of faces",
        "zero: leaf connections of the account ROOM. It has none, so that nothing of it can leave the machine.",
        [('sum(veilward_bus_account_connections{account="ROOM", kind="leaf"})', "connections")],
        look="stat",
        wide=6,
        bad=1,
    ),
    Panel(
        "Messages of another kind at the ward",
        "zero: neither a level, nor a state, nor a clip's label.",
        [('sum(veilward_alerts_messages_total{kind!~"pain|state|clip"}) or vector(0)', "messages")],
        look="stat",
        wide=6,
        bad=1,
    ),
    Panel(
        "Refused by a NATS server",
        "zero: publishing or hearing what an identity may not. A wrong configuration, or somebody who tries.",
        [("sum(veilward_bus_denied_total)", "denials")],
        look="stat",
        wide=6,
        bad=1,
    ),
)
CROSSED = (
    Panel(
        "Room to ward: bytes",
        "Levels, states and labels of clips, over the leaf connection, as the hub counts them.",
        [('sum(rate(veilward_bus_crossed_bytes_total{account="WARD", way="in"}[$__rate_interval]))', "in")],
        unit="Bps",
    ),
    Panel(
        "Room to ward: messages",
        "By what they are.",
        [("sum by (kind) (rate(veilward_alerts_messages_total[$__rate_interval])) > 0", "{{kind}}")],
        unit="ops",
    ),
    Panel(
        "Ward to room: bytes",
        "Consents, signed, and what the hub asks of the one stream that it may read.",
        [('sum(rate(veilward_bus_crossed_bytes_total{account="WARD", way="out"}[$__rate_interval]))', "out")],
        unit="Bps",
    ),
    Panel(
        "Room and edge: bytes",
        "Masks, ciphertexts and shares, which tell the edge neither picture nor level.",
        [("sum by (phase) (rate(veilward_snni_client_bytes_total[$__rate_interval]))", "{{phase}}")],
        unit="Bps",
    ),
    Panel(
        "Room and edge: inferences",
        "How many pictures were asked about; the edge can count them, and nothing else.",
        [("sum(rate(veilward_snni_client_inferences_total[$__rate_interval]))", "levels")],
        unit="ops",
    ),
    Panel(
        "Within a room, for comparison",
        "Frames and crops, which stay: bytes of the account ROOM on the room's machine.",
        [('sum by (way) (rate(veilward_bus_account_bytes_total{account="ROOM"}[$__rate_interval]))', "{{way}}")],
        unit="Bps",
    ),
)
ALLOWED = (
    Panel(
        "Dropped undecoded",
        "errors: packets of cameras whose processing the ward does not allow, or that are paused.",
        [("sum by (camera) (rate(veilward_ingest_withheld_packets_total[$__rate_interval]))", "{{camera}}")],
        unit="ops",
    ),
    Panel(
        "The ward's word on consents",
        "errors: as rooms took it. unsigned, other_camera, replayed: somebody spoke in the ward's name.",
        [("sum by (verdict) (rate(veilward_ingest_consent_statements_total[$__rate_interval]))", "{{verdict}}")],
        unit="ops",
    ),
    Panel(
        "An edge that does not keep to the protocol",
        "errors: messages outside it, wrong answers to known pictures, clients that an audit locked out.",
        [
            ("sum(veilward_snni_client_protocol_errors_total)", "messages"),
            ('sum(veilward_snni_client_known_pictures_total{answer="wrong"})', "wrong answers"),
            ("sum(veilward_snni_server_locked_clients)", "locked out"),
        ],
    ),
    Panel(
        "Certificates end in",
        "By service. Renewed ones are taken up by themselves.",
        [("veilward:certificate_left_seconds:min", "{{job}} {{certificate}}")],
        unit="s",
        bad=None,
    ),
)
BOARD = Board(
    "privacy",
    "privacy",
    (__doc__ or "").strip(),
    (("Must be 0", NEVER), ("What crosses", CROSSED), ("What is allowed", ALLOWED)),
)
