"""Cameras that publish by WHIP (RFC 9725): endpoint, offers, sessions. Audio is never decoded."""
