"""The commands: they read options and call the rooms that do the work."""
