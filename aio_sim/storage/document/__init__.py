"""A document engine after MongoDB's WiredTiger: real pages, a real journal, counted work.

On `aio_sim.storage.pages` it reads from below: `block_map` and `checkpoint_store` (pages that are
never overwritten, and the journal of what was done since the last checkpoint), `keys`, `documents`
and `paths`, `record_store` and `index`, `collection`, `filters`, `planning`, `queries`, `updates`,
`aggregation`, `handle`, `engine`. Everything of these is synchronous and knows no simulated time;
what it did is a `Cost`. `replication` lives on the event loop, `sharding` is on top of engines.
"""
