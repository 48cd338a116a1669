"""One pipeline for every source: decoded frames are sampled, converted, stamped with their capture, published."""
