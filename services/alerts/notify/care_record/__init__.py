"""Alerts in the house's care record: FHIR R4B resources, exchanged with its server."""
