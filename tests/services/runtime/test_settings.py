"""Settings come from the environment, once, and are wrong out loud."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from services.runtime.errors import SettingsError
from services.runtime.settings import ServiceSettings, load, service_config


class Example(ServiceSettings):
    """Settings of a service with one field of its own."""

    model_config = service_config("EXAMPLE")

    edge_url: str
    token: SecretStr | None = None
    hosts: tuple[str, ...] = ()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one variable that has no default."""
    monkeypatch.setenv("VEILWARD_EXAMPLE_EDGE_URL", "tls://edge:1")


def test_fields_and_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILWARD_EXAMPLE_PORT_FILE", "/run/ports.json")
    monkeypatch.setenv("VEILWARD_EXAMPLE_TOKEN", "hunter2")
    settings = load(Example)
    assert settings.edge_url == "tls://edge:1"
    assert settings.port_file == Path("/run/ports.json")
    assert settings.token is not None and settings.token.get_secret_value() == "hunter2"
    assert (settings.health_host, settings.health_port, settings.drain_s) == ("127.0.0.1", 0, 5.0)
    assert "hunter2" not in repr(settings)


def test_frozen() -> None:
    settings = load(Example)
    with pytest.raises(ValidationError):
        settings.edge_url = "other"
    with pytest.raises(ValidationError):
        Example(edge_url="x", surprise=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VEILWARD_EXAMPLE_HEALTH_PORT", "70000"),
        ("VEILWARD_EXAMPLE_HEALTH_PORT", "secret-value"),
        ("VEILWARD_EXAMPLE_LOG_LEVEL", "LOUD"),
        ("VEILWARD_EXAMPLE_DRAIN_S", "-1"),
        ("VEILWARD_EXAMPLE_HOSTS", "secret-value"),
        ("VEILWARD_EXAMPLE_EDGE_ULR", "secret-value"),
        ("VEILWARD_EXAMPLE_NATS_URL", "secret-value"),
    ],
)
def test_what_is_wrong_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load(Example)
    assert caught.value.names == (name,)
    assert value not in str(caught.value)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VEILWARD_EXAMPLE_EDGE_URL")
    with pytest.raises(SettingsError) as caught:
        load(Example)
    assert caught.value.names == ("VEILWARD_EXAMPLE_EDGE_URL",)
