"""Networks that can be trained here; the registry says which compile. State dicts have public checkpoints' names."""
