"""The settings' classes of the services, by what stands behind VEILWARD_ in their names: module:class."""

SETTINGS = {
    "INGEST": "services.ingest.settings:IngestSettings",
    "KEYFRAME": "services.keyframe.settings:KeyframeSettings",
    "SNNI_CLIENT": "services.snni_client.settings:SnniClientSettings",
    "SNNI_SERVER": "services.snni_server.settings:SnniServerSettings",
    "ALERTS": "services.alerts.settings:AlertsSettings",
    "PROBE": "services.probe.settings:ProbeSettings",
}
