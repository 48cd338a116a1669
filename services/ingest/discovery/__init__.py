"""Finding the ONVIF cameras of a network, for whoever writes `site.yaml`; no part of the running service."""
