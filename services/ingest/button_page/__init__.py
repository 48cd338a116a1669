"""The button in the room: whoever is there may pause its cameras, without a log-in, and read who did."""
