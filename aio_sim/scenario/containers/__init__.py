"""What a scenario says of containers: images and their registry, programs, limits, lives."""
