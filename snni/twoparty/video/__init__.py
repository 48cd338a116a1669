"""A video between two parties: frames selected obliviously, each through the network to its scores, one label."""
