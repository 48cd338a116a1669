"""A FHIR server, as it is asked: by transactions, with a bearer token that may be renewed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from services.alerts.notify.http_receiver import posted
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

FHIR_JSON = "application/fhir+json"
UNTAKEN = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError)
"""What asking a server, or reading the token, may raise; ValueError also for what would be no R4B."""


@dataclass(frozen=True, slots=True)
class FhirServer:
    """url: its base. token_file: holds the bearer token; read each time, so that it can be renewed."""

    url: str
    token_file: Path | None

    def headers(self) -> dict[str, str]:
        """Of what is posted. Raises OSError, ValueError."""
        headers = {"Content-Type": FHIR_JSON, "Accept": FHIR_JSON}
        if self.token_file is not None:
            headers["Authorization"] = f"Bearer {self.token_file.read_text(encoding='ascii').strip()}"
        return headers

    async def post(self, client: httpx.AsyncClient, make: Callable[[], bytes]) -> bool:
        """Post a transaction; whether it was taken. Raises nothing that the server could cause."""
        try:
            status = await posted(client, self.url, make(), self.headers())
        except UNTAKEN as error:
            log_event(_log, "care_record_unreachable", logging.WARNING, reason=type(error).__name__)
            return False
        taken = httpx.codes.is_success(status)
        if not taken:
            log_event(_log, "care_record_refused", logging.WARNING, status=status)
        return taken
