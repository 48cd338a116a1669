"""Who is at the door: the rule of every route, the pages to sign in, and those of people and records."""
