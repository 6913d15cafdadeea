"""Manifests and compose files that people already have, read as scenarios."""
