"""Data structures: those of storage systems, written for reading, and Python's own beside them.

What an operation costs is found by counting, not by a clock: `counters` and `keys` count,
`measurement` lets a structure live, `fit` finds how its costs grow, `choice` chooses by them.
"""
