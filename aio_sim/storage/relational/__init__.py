"""A relational storage engine after MySQL's InnoDB: real pages, a real log, counted work.

On `aio_sim.storage.pages` it reads from below: `page_store` (buffer pool, log and doublewrite area
as one), `recovery`, `transactions`, `tables`, `sql`. Everything is synchronous and knows no
simulated time; what it did is a `Cost`.
"""
