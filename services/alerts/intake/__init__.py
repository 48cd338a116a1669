"""The ward's stream into the service: consuming it, and replaying it after a start."""
