"""The message bus: subjects, messages, the site, and the way to NATS. No other package spells a subject."""
