"""Codecs: bytes to bytes, for images, transfers and backups."""
