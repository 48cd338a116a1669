"""What every process needs and no domain knows of: settings, logging, metrics, health, shutdown, ports."""
