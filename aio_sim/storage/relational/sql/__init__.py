"""A small SQL in the dialect of MySQL, read by sqlglot (extra `storage`) and run on the engine."""
