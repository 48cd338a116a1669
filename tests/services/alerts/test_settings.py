"""A setting that would be taken and do nothing, or less than it seems, is named at the start."""

from __future__ import annotations

import pytest

from services.alerts.settings import AlertsSettings
from services.runtime.errors import SettingsError
from services.runtime.settings import load

GIVEN = {
    "REDIS_URL": "rediss://redis.test/",
    "SITE_FILE": "site.yaml",
    "AUDIT_FILE": "audit.jsonl",
    "NATS_CA": "ca.pem",
    "NATS_CERT": "cert.pem",
    "NATS_KEY": "key.pem",
}


def loaded(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> AlertsSettings:
    for name, value in (GIVEN | given).items():
        monkeypatch.setenv(f"VEILWARD_ALERTS_{name}", value)
    return load(AlertsSettings)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"HTTP_KEY": "k.pem"}, "http_key needs http_cert: without it the page would be plain HTTP"),
        ({"REDIS_CA": "ca.pem", "REDIS_URL": "redis://redis.test/"}, "redis_ca needs a redis_url of rediss://"),
        ({"OIDC_ISSUER": "https://id.test"}, "oidc_issuer needs oidc_page_url"),
        ({"OIDC_ISSUER": "https://id.test", "OIDC_PAGE_URL": "ward.test"}, "oidc_issuer needs oidc_page_url"),
        ({"MQTT_URL": "mqtts://broker.test:99999"}, "a port from 1 to 65535: VEILWARD_ALERTS_MQTT_URL"),
        ({"MQTT_URL": "mqtts://broker.test:0"}, "a port from 1 to 65535: VEILWARD_ALERTS_MQTT_URL"),
        ({"ALLOWED_HOSTS": '["https://ward.test"]'}, "without https:// and without a port: VEILWARD_ALERTS_ALLOWED_H"),
        ({"ALLOWED_HOSTS": '["ward.test:8443"]'}, "without https:// and without a port: VEILWARD_ALERTS_ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "[]"}, "one at least"),
        ({"FORWARDED_ALLOW_IPS": '["10.0.0.5/8"]'}, "has host bits set: VEILWARD_ALERTS_FORWARDED_ALLOW_IPS"),
        ({"FORWARDED_ALLOW_IPS": '["proxy"]'}, "VEILWARD_ALERTS_FORWARDED_ALLOW_IPS"),
        ({"ROOM_DOMAINS": '["room-1 "]'}, "not empty: VEILWARD_ALERTS_ROOM_DOMAINS"),
        ({"ROOM_DOMAINS": '["room-1", ""]'}, "not empty: VEILWARD_ALERTS_ROOM_DOMAINS"),
        ({"ROOM_DOMAINS": '["room.1"]'}, "not empty: VEILWARD_ALERTS_ROOM_DOMAINS"),
        ({"FHIR_TOKEN_FILE": "token"}, "fhir_token_file needs fhir_url"),
        ({"AUDIT_HEADS_TOKEN_FILE": "token"}, "audit_heads_token_file needs audit_heads_url"),
        ({"MQTT_PASSWORD_FILE": "password"}, "mqtt_password_file needs mqtt_url"),
    ],
)
def test_what_would_do_less_than_it_seems_is_named(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(monkeypatch, wrong)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "right",
    [
        {"HTTP_CERT": "both.pem"},
        {"REDIS_CA": "ca.pem"},
        {"REDIS_URL": "unix:///run/redis.sock", "REDIS_CA": "ca.pem"},
        {"OIDC_ISSUER": "https://id.test", "OIDC_PAGE_URL": "https://ward.test"},
        {"MQTT_URL": "mqtts://broker.test"},
        {"MQTT_URL": "mqtts://[2001:db8::7]:65535"},
        {
            "FORWARDED_ALLOW_IPS": '["10.0.0.5", "10.0.0.0/8", "fd00::/8", "*"]',
            "ROOM_DOMAINS": '["room-1", "r\u00e4um"]',
        },
        {"FHIR_URL": "https://record.test", "FHIR_TOKEN_FILE": "token"},
        {"ALLOWED_HOSTS": '["ward.test", "10.0.0.7", "::1", "2001:db8::7"]'},
    ],
)
def test_what_is_right_is_taken(monkeypatch: pytest.MonkeyPatch, right: dict[str, str]) -> None:
    assert loaded(monkeypatch, right)
