"""Which replica of the service leads a site, and what the others do meanwhile."""
