"""Pages that look back over days: a room and whoever lives in it, alerts to be searched, reports."""
