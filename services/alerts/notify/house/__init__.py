"""The house's automation: the state of every room by MQTT, for relays, lamps and bells."""
