"""Backup and recovery: chains of full, incremental and differential backups, kept and restored.

It reads from below: `volume` (what is backed up), `changes`, `log_piece`, `sealing`, `repository`,
`manifest`, `writing`, `catalogue`, `verifying`, `recovery`, `retention`, `merging`, `schedule`,
`plan`, `mathematics`; then, on the event loop, `pipeline`, `costs` and `service`.
"""
