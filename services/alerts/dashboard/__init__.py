"""The ward's page and its API: server-rendered, followed by server-sent events, nothing loaded from elsewhere."""
