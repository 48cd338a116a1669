"""What comes of a session's video: packets, put together to coded pictures, of which few are handed out decoded."""
