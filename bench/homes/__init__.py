"""Homes of many cameras: a simulated edge with measured times, an autoscaler as the manifests set it, real buses."""
