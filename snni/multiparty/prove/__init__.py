"""Three active servers: each proves to the other two what it deals, or what it says of its part of a check."""
