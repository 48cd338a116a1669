"""The room's scorer: crops in, levels out, by secure inference. Consumes crops.v1; publishes pain.v1, state.v1."""
