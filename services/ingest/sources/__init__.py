"""Where video comes from: a folder a way, each with its own life cycle; all hand decoded frames to `frames`.

A new way is a folder whose source.py opens it, its options in `services/ingest/settings.py`, and a line in
`services/ingest/service.py`, which runs all of them. What two ways have in common lies in `webrtc`, for the connection
and its video, and in `pulling`, for cameras that are asked; no way knows another.
"""
