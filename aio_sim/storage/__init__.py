"""Storage: data structures and what they cost."""
