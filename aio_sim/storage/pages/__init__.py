"""Pages on disks that lose power, and what every engine builds on them.

It reads from below: `device` (files of blocks), `page`, `midpoint_lru` and `buffer_pool`, `space`
(which pages are free, and changes of several pages), `bplus_tree`, `redo_log`.
"""
