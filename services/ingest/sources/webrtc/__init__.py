"""Video by WebRTC, whichever side asked for it: what its sender says, the connection, the decoded pictures."""
