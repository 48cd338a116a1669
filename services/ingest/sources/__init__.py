"""Where video comes from: a folder a way, each with its own life cycle; all hand decoded frames to `frames`."""
