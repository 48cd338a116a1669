"""Who may see and act on the ward: accounts, sign-in, sessions, devices, tokens, and the rule of every route."""
