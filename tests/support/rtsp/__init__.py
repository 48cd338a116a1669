"""An IP camera for tests: RTSP 1.0 (RFC 2326) over TCP, UDP and TLS, with H.264 and H.265 that PyAV encoded."""
