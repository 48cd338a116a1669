"""Active servers: the dealer checks every opening; a fourth makes what that takes, or three do and prove it."""
