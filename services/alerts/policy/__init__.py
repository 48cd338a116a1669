"""The pure alarm policy: rules, episodes, technical conditions. No database, no bus, no clock, no loop."""
