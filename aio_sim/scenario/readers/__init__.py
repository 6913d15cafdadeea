"""Readers of workload traces: text files in, columns of tasks out, a chunk at a time."""
