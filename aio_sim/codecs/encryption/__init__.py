"""Encryption: real AES-GCM and RSA for streams and links, and both by hand for reading.

Modules that handle keys import the library `cryptography`; `kind`, `primes`, `replay_window` and
those by hand do not.
"""
