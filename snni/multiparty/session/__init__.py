"""Sessions among who asks, the dealer and both evaluators: mutual TLS between any two, one stream a purpose."""
