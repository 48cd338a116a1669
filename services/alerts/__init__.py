"""Pain levels and camera states in; alerts, the ward dashboard and webhooks out."""
