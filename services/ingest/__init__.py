"""Video of cameras in, by WHIP, RTSP or WHEP; sampled frames and states out. Publishes frames.v1, state.v1."""
