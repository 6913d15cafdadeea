"""A storage server in simulated time: real operations of an engine, charged to a host's devices.

It reads from below: `statements` (what a client asks for), `database` (what a server needs of an
engine), `relational`, `document` and `structure` (those that are there; the last of `shelf`s, each
checked by a `twin`), `pricing` (what counted work takes), `group_commit`, `page_cleaner`, `work`
(one transaction on its way), `server`.
"""
