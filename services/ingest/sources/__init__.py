"""Where video comes from: a folder a way, each with its own life cycle; all hand decoded frames to `frames`.

A new way is a folder beside these whose source.py opens it, its options in `services/ingest/settings.py`, and a line in
`services/ingest/service.py`, which runs all of them.
"""
