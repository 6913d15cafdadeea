"""The processes of one container: a tree below PID 1, its states, signals and exit codes."""
