"""Labs: one topic at a time, without a scenario.

Each module has a problem (given, or drawn under a seed), `draw` and `solve`, a pure function from a
problem to its answer. What a person reads is made in `pages`.
"""
