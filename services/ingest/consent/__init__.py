"""What may be processed of a camera: the ward's signed word, and the room's own pauses. Closed where it is not sure."""
