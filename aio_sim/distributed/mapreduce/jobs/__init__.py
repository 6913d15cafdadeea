"""Jobs that come with it, each a file as a student would write it."""
