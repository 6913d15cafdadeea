"""A relational storage engine after MySQL's InnoDB: real pages, a real log, counted work.

It reads from below: `device` (files that lose power), `page` and `bplus_tree`, `redo_log`,
`buffer_pool`, `page_store` (the three together), `recovery`, `transactions`, `tables`, `sql`.
Everything is synchronous and knows no simulated time; what it did is a `Cost`.
"""
