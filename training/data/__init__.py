"""Sets of face crops with levels, made or read; the network sees what the room's keyframe service would send it."""
