"""What every process needs and no domain knows of: its beginning and end, settings, logging, metrics, health, ports."""
