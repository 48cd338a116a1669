"""One inference as both parties see it: every stretch of their time, on one clock."""
