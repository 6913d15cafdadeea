"""Containers: limits, processes, and the rules by which a platform scales them."""
