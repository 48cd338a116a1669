"""What the service knows: every camera's record in memory, and its copy in Redis."""
