"""Cameras whose video is fetched by WHEP (draft-ietf-wish-whep): ingest offers to receive, over HTTPS."""
