"""Speed as ratios in one process; run by hand, never a timed test."""
