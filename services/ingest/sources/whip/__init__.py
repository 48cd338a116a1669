"""Cameras that publish by WHIP (RFC 9725): endpoint, offers, sessions, WebRTC. Audio is never decoded."""
