"""MapReduce: a student's two functions, run for real, in simulated time or on all cores.

Source: Dean & Ghemawat, MapReduce: Simplified Data Processing on Large Clusters, OSDI 2004; the
names and defaults of settings are Hadoop's. It imports nothing, so that a process that only runs
user functions starts quickly.
"""
