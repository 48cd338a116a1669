"""What of a camera may not be published: parts of its picture, or all of it."""
