"""Sharding: documents on several engines by ranges of a key, split and balanced.

It reads from below: `chunks`, `balancer` (pure), `routing`, `cluster`.
"""
