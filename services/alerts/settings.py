"""What the alerts service is told by its environment: VEILWARD_ALERTS_*."""

import re
import socket
from datetime import time
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator

from services.alerts.policy.errors import ThresholdsError
from services.alerts.policy.thresholds import Thresholds
from services.bus.settings import BusSettings
from services.runtime.errors import SettingsError
from services.runtime.settings import service_config

RULES = (
    "raise_level",
    "clear_level",
    "repeat_window_s",
    "hold_s",
    "clear_after_s",
    "stale_after_s",
    "raise_pieces",
    "raise_among",
    "ack_timeout_s",
    "presence_timeout_s",
    "repeat_s",
    "widen_after_s",
    "reassess_after_s",
    "pause_limit_s",
    "audio_pause_s",
    "silent_after_s",
    "pool_empty_s",
    "unscored_after_s",
)
DOMAIN = re.compile(r"[^\s.*>]+")
"""A JetStream domain: one token of a subject."""
LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")


class AlertsSettings(BusSettings):
    """Times are in seconds. http_port 0 means any free port.

    redis_url: unix://, redis:// or rediss://. redis_ca: whose certificate Redis shows. site_file: site.yaml.
    audit_file: this replica's copy of the hash-chained log; a folder of its own for each replica, which its database
    and its lock lie in.
    audit_key: the ward's key (`veilward-alerts records key`) that signs the log's head; the same for every replica. It
    is no other key: consents are signed by one of their own. audit_heads_file: of a second place for signed heads, in a
    folder of another volume, which must be there; only ever added to. audit_heads_url: of a folder at an HTTPS server
    that takes them by PUT, with a bearer token in audit_heads_token_file; webhook_ca counts for it too.
    replica: this process's name among those of the site, of which one leads; the same after a restart; with none, the
    host's. replica_url: the page's address as the other replicas reach it; with none, the one that it listens on.
    room_domains: the JetStream domains of the room devices that the ward hears; with none, the stream WARD must exist.
    http_host: where the page is served. http_cert, http_key: of its HTTPS; with none it speaks plain HTTP.
    max_viewers: how many screens may follow at once. max_cameras: of how many cameras levels are taken at most.
    ack_wait_s: an event that was not dealt with by then comes again.
    allowed_hosts: the names under which browsers reach the page; others are refused.
    forwarded_allow_ips: addresses and networks of the proxies before the page, e.g. one that ends TLS, whose
    X-Forwarded-Proto, -Host and -Port are believed; "*": whoever connects, where nobody else can.
    webhook_urls: told of every change of an alert; signed with webhook_secret when that is set. What they have not
    taken yet stands in the audit log. webhook_ca: whose certificates receivers show, where it is
    the house's own authority.
    fhir_url: the base of the care record's FHIR server (R4 or R4B), which is told what fhir_tells says;
    fhir_token_file: of its bearer token, read anew each time. webhook_ca counts for it too. fhir_tells: what it is
    told: alerts, consents, and who read and did what (audit).
    mqtt_url: of the house's broker (mqtts://host, or mqtt://host), which is told every room's state, retained, under
    mqtt_prefix (with none, veilward/<site>); mqtt_user, mqtt_password_file: its login. webhook_ca counts for it too.
    mqtt_names_staff: whether it is told who is on the way; a resident never is.
    traces_url: an OTLP receiver over HTTP (.../v1/traces) that is told the way of every level, see `traces.py`; with
    none, nothing is. It learns when alerts are raised, of which camera. traces_ca: whose certificate it shows.
    pager_urls: phones and pagers that are called, as Apprise has their addresses (ntfy://, mailto://, ...); the text
    names room, level and time, in pager_language (the care record is told the same words), and no person.
    ward_pager_urls: the same by ward: of those who answer there, and who are asked for another ward's alerts once
    nobody has answered there for widen_after_s.
    rebuild_window_s: how much of the stream is read again when Redis has nothing, at most seven days.
    raise_level, hold_s and all else by which somebody is called (RULES): `policy/thresholds.py` says what each does.
    database_url: of people and records, sqlite:///FILE or postgresql://...; with none, a file beside the audit log.
    database_ca: whose certificate PostgreSQL shows.
    oidc_issuer: of the home's identity provider (OpenID Connect), where people are to sign in by it. oidc_page_url: of
    this page as browsers reach it; the provider must know it with /provider/back as an address to return to.
    oidc_client_id, oidc_client_secret: as it was registered there.
    oidc_claim, oidc_roles: the claim that tells what somebody is, and by its words "ROLE WARD..." or "ROLE *".
    session_idle_s, session_longest_s: how long a sign-in lasts unused, and at most; on shared devices it is shorter.
    records_days: how long it is kept who read and did what, and every alert, at least 183 days.
    levels_days: how long the levels of every camera are kept, and when nothing was seen of it.
    shifts: when the early, the late and the night shift begin, by the clock of timezone.
    probe_every_s: how often the virtual camera of a test room is to have raised its alert, which is nobody's (a
    sixth of it is grace); counts where the site's file has a test room.
    consent_key: the private key by which rooms know the ward's word on their cameras (`veilward-alerts consent-key`);
    without it rooms that ask process nothing. consent_holds_s: for how long a room goes on that hears nothing more.
    timezone: of all clock times on the page, an IANA name; with none, the browser's own, and UTC without JavaScript.
    The page states which.
    """

    model_config = service_config("ALERTS")

    redis_url: SecretStr
    redis_ca: Path | None = None
    room_domains: tuple[str, ...] = ()
    site_file: Path
    audit_file: Path
    audit_key: Path | None = None
    audit_heads_file: Path | None = None
    audit_heads_url: AnyHttpUrl | None = None
    audit_heads_token_file: Path | None = None
    replica: str = Field(default="", max_length=64, pattern=r"^[A-Za-z0-9._-]*$")
    replica_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    database_url: SecretStr | None = None
    database_ca: Path | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str = "veilward"
    oidc_client_secret: SecretStr | None = None
    oidc_page_url: str = ""
    oidc_claim: str = "groups"
    oidc_roles: dict[str, str] = Field(default_factory=dict)
    session_idle_s: float = Field(default=3600.0, ge=60.0, le=43200.0)
    session_longest_s: float = Field(default=43200.0, ge=300.0, le=86400.0)
    records_days: int = Field(default=365, ge=183, le=3660)
    levels_days: int = Field(default=31, ge=8, le=366)
    shifts: tuple[time, time, time] = (time(6), time(14), time(22))
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65535)
    http_cert: Path | None = None
    http_key: Path | None = None
    allowed_hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "::1")
    forwarded_allow_ips: tuple[str, ...] = ()
    consent_key: Path | None = None
    consent_holds_s: float = Field(default=900.0, ge=60.0, le=604800.0)
    timezone: str | None = None
    max_viewers: int = Field(default=64, ge=1, le=4096)
    max_cameras: int = Field(default=4096, ge=1, le=65536)
    webhook_urls: tuple[AnyHttpUrl, ...] = ()
    webhook_secret: SecretStr | None = None
    webhook_ca: Path | None = None
    traces_url: AnyHttpUrl | None = None
    traces_ca: Path | None = None
    fhir_url: AnyHttpUrl | None = None
    fhir_token_file: Path | None = None
    fhir_tells: frozenset[Literal["alerts", "consents", "audit"]] = frozenset({"alerts", "consents", "audit"})
    mqtt_url: str | None = Field(
        default=None, pattern=r"^mqtts?://([0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?$"
    )
    mqtt_prefix: str = Field(default="", max_length=128, pattern=r"^[^+#/\x00\s][^+#\x00\s]*$|^$")
    mqtt_user: str | None = None
    mqtt_password_file: Path | None = None
    mqtt_names_staff: bool = False
    pager_urls: tuple[SecretStr, ...] = ()
    ward_pager_urls: dict[str, tuple[SecretStr, ...]] = Field(default_factory=dict)
    pager_language: Literal["en", "de", "nl", "fr"] = "en"
    ack_wait_s: float = Field(default=30.0, ge=1.0, le=600.0)
    rebuild_window_s: float = Field(default=3600.0, ge=60.0, le=604800.0)
    raise_level: int = 2
    clear_level: int = 1
    repeat_window_s: float = 20.0
    hold_s: float = 10.0
    clear_after_s: float = 12.0
    stale_after_s: float = 45.0
    raise_pieces: int = 2
    raise_among: int = 0
    ack_timeout_s: float = 180.0
    presence_timeout_s: float = 900.0
    repeat_s: float = 60.0
    widen_after_s: float = 120.0
    reassess_after_s: float = 3600.0
    pause_limit_s: float = 600.0
    audio_pause_s: float = 120.0
    silent_after_s: float = 30.0
    pool_empty_s: float = 180.0
    unscored_after_s: float = 14_400.0
    probe_every_s: float = Field(default=3600.0, ge=60.0, le=86_400.0)

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value().partition("://")[0] not in ("unix", "redis", "rediss"):
            raise ValueError("not a unix://, redis:// or rediss:// address")
        return url

    @field_validator("database_url")
    @classmethod
    def _database_scheme(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and url.get_secret_value().partition("://")[0] not in ("sqlite", "postgresql"):
            raise ValueError("not a sqlite:// or postgresql:// address")
        return url

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _known_networks(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name != "*":
                ip_network(name)  # 10.0.0.5/8 is refused: whoever means one address would trust 16 million
        return names

    @field_validator("room_domains")
    @classmethod
    def _known_domains(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if any(DOMAIN.fullmatch(one) is None for one in names):
            raise ValueError("a JetStream domain has no blanks, dots, * or >, and is not empty")
        return names

    @field_validator("shifts")
    @classmethod
    def _ascending(cls, starts: tuple[time, time, time]) -> tuple[time, time, time]:
        if not starts[0] < starts[1] < starts[2] or any(one.tzinfo for one in starts):
            raise ValueError("not three times of a day, one after the other")
        return starts

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        try:
            ZoneInfo(name or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("not a time zone") from None
        return name

    @field_validator("mqtt_url")
    @classmethod
    def _known_port(cls, url: str | None) -> str | None:
        try:
            port = urlsplit(url or "").port
        except ValueError:
            port = 0
        if port == 0:
            raise ValueError("no address with a port from 1 to 65535")
        return url

    @field_validator("allowed_hosts")
    @classmethod
    def _names_alone(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names or any(not one or "/" in one or one.count(":") == 1 for one in names):
            raise ValueError("names alone are needed, one at least, without https:// and without a port")
        return names

    @model_validator(mode="after")
    def _is_secured_where_it_seems(self) -> "AlertsSettings":
        if self.http_key is not None and self.http_cert is None:
            raise ValueError("http_key needs http_cert: without it the page would be plain HTTP")
        if self.redis_ca is not None and self.redis_url.get_secret_value().startswith("redis:"):
            raise ValueError("redis_ca needs a redis_url of rediss://: by redis:// nothing is encrypted")
        if self.oidc_issuer is not None and not self.oidc_page_url.startswith(("https://", "http://")):
            raise ValueError("oidc_issuer needs oidc_page_url, to which browsers come back")
        return self

    @model_validator(mode="after")
    def _token_is_hidden(self) -> "AlertsSettings":
        sent = {
            "fhir_url": (self.fhir_url, self.fhir_token_file),
            "audit_heads_url": (self.audit_heads_url, self.audit_heads_token_file),
        }
        for name, (url, token) in sent.items():
            if url is None and token is not None:
                raise ValueError(f"{name.removesuffix('_url')}_token_file needs {name}: nothing is sent without it")
            if url is not None and token is not None and url.scheme != "https" and url.host not in LOOPBACK:
                raise ValueError(f"{name} must be https: a token is sent there")
        return self

    @model_validator(mode="after")
    def _password_is_hidden(self) -> "AlertsSettings":
        if self.mqtt_password_file is not None and self.mqtt_url is None:
            raise ValueError("mqtt_password_file needs mqtt_url: nothing is sent without it")
        url = urlsplit(self.mqtt_url or "")
        if self.mqtt_password_file is not None and url.scheme == "mqtt" and url.hostname not in LOOPBACK:
            raise ValueError("mqtt_url must be mqtts: a password is sent there")
        return self

    @property
    def database_address(self) -> str:
        """The address of the database."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.audit_file.absolute().with_name('records.db')}"

    @property
    def replica_name(self) -> str:
        """This process's name among those of its site."""
        return self.replica or socket.gethostname()

    def rules(self) -> Thresholds:
        """The policy's rules. Raises SettingsError when they contradict each other."""
        values = {name: getattr(self, name) for name in RULES}
        try:
            return Thresholds(**values)
        except ThresholdsError as error:
            raise SettingsError(tuple(f"VEILWARD_ALERTS_{name.upper()}" for name in RULES), str(error)) from None
