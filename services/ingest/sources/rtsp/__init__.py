"""Cameras whose video is fetched by RTSP (RFC 2326): one puller a camera, its blocking part in a thread of its own."""
