"""Replica sets: members with an oplog, elections, write concerns, rollback; on the event loop.

It reads from below: `settings`, `oplog`, `member`, `progress`, `elections`, `feeding`, `clients`,
`replica_set`; `mathematics` has the closed forms.
"""
