"""The settings of a service's connection to its NATS server; a service on the bus subclasses them."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from services.runtime.settings import ServiceSettings, service_config


class BusSettings(ServiceSettings):
    """nats_url: of the zone's server. nats_ca, nats_cert, nats_key: PEM files; the certificate is the identity.

    nats_user, nats_password: for servers that ask for them as well.
    """

    model_config = service_config("BUS")

    nats_url: str = "tls://127.0.0.1:4222"
    nats_ca: Path
    nats_cert: Path
    nats_key: Path
    nats_user: str | None = None
    nats_password: SecretStr | None = None
