"""Networks with drawn weights, and bundles of them: for measuring what secure inference costs."""
