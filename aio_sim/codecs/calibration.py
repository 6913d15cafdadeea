"""Measures what encrypting and compressing takes on this machine: the only use of a real clock.

Each operation is repeated for a while, three times over; the fastest counts, as what slows it down
is other work of the machine (Python's `timeit`, note on `repeat`).
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from time import perf_counter_ns
from typing import Final, NamedTuple

from aio_sim.codecs.algorithms import ALGORITHMS
from aio_sim.codecs.costs import CodecCosts, Speed
from aio_sim.codecs.encryption import primitives
from aio_sim.codecs.encryption.envelope import PIECE, decrypt_stream, encrypt, encrypt_stream
from aio_sim.codecs.encryption.keys import AES_SIZES, new_aes_key, new_rsa_key
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.codecs.stream import compress, decompress
from aio_sim.kernel.random_streams import RandomStreams

Clock = Callable[[], int]
"""A clock in ns."""

RSA_BITS: Final = (2048, 3072)
REPETITIONS: Final = 3

_STREAM: Final = 16 * PIECE
"""Bytes of a stream to encrypt: enough that its header does not count."""

_TEXT: Final = 1 << 16
_WORDS: Final = ("the", "a", "data", "node", "copies", "sends", "block", "to", "key", "of", "from")


class Job(NamedTuple):
    """Something to measure: there and back, so many units each time."""

    forward: Callable[[], object]
    back: Callable[[], object]
    units: int


def calibrate(budget: int, clock: Clock = perf_counter_ns) -> CodecCosts:
    """Return the speeds of this machine, each measured for at least `budget` ns three times."""
    streams = {f"aes-{8 * size}-gcm": _aes_job(size) for size in AES_SIZES}
    streams |= {method: _compression_job(method) for method in ALGORITHMS}
    operations = {f"rsa-{bits}": _rsa_job(bits) for bits in RSA_BITS}
    speeds = measure(streams | operations, budget, clock)
    return CodecCosts(
        machine(),
        {name: speeds[name] for name in streams},
        {name: speeds[name] for name in operations},
    )


def measure(jobs: Mapping[str, Job], budget: int, clock: Clock) -> dict[str, Speed]:
    """Return the speed of each job, in units a second, 1 at least.

    All of them are measured before any is again: what slows a machine down lasts for a while.
    """
    speeds = dict.fromkeys(jobs, Speed(1, 1))
    for _repetition in range(REPETITIONS):
        for name, job in jobs.items():
            best = speeds[name]
            speeds[name] = Speed(
                max(best.forward, _rate(job.forward, job.units, budget, clock)),
                max(best.back, _rate(job.back, job.units, budget, clock)),
            )
    return speeds


def machine() -> str:
    """Return what this machine is: processor, Python and the version of `cryptography`."""
    from cryptography import __version__

    return f"{_processor()}, Python {platform.python_version()}, cryptography {__version__}"


def _rate(operation: Callable[[], object], units: int, budget: int, clock: Clock) -> int:
    """Return units a second, over as many calls as last for the budget, found by doubling."""
    calls, elapsed = 1, _elapsed(operation, 1, clock)
    while elapsed < budget:
        calls *= 2
        elapsed = _elapsed(operation, calls, clock)
    return units * calls * 1_000_000_000 // max(elapsed, 1)


def _elapsed(operation: Callable[[], object], calls: int, clock: Clock) -> int:
    start = clock()
    for _call in range(calls):
        operation()
    return clock() - start


def _aes_job(size: int) -> Job:
    key, data = new_aes_key(size), os.urandom(_STREAM)
    stream = encrypt(data, EncryptionKind.AES, key)
    return Job(
        lambda: _consume(encrypt_stream([data], EncryptionKind.AES, key)),
        lambda: _consume(decrypt_stream([stream], key)),
        _STREAM,
    )


def _consume(pieces: Iterable[bytes]) -> None:
    """Take pieces as a link does: keeping none, so that no large memory is asked for."""
    for _piece in pieces:
        pass


def _rsa_job(bits: int) -> Job:
    key = new_rsa_key(bits)
    message = os.urandom(primitives.oaep_room(key.size))
    sealed = primitives.oaep_encrypt(key.public.key, message, b"")
    return Job(
        partial(primitives.oaep_encrypt, key.public.key, message, b""),
        partial(primitives.oaep_decrypt, key.key, sealed, b""),
        1,
    )


def _compression_job(method: str) -> Job:
    text = sample_text()
    packed = compress(text, method)
    return Job(partial(compress, text, method), partial(decompress, packed), len(text))


def sample_text() -> bytes:
    """Return 64 KiB of words drawn at random, the same each time: what the speeds are for."""
    generator = RandomStreams(0).stream("calibration.text")
    drawn = generator.integers(0, len(_WORDS), _TEXT // 2)
    return " ".join(_WORDS[number] for number in drawn).encode()[:_TEXT]


def _processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
