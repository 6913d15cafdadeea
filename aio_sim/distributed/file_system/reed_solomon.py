"""Reed-Solomon coding: k shards of data and m of parity, of which any k bring all back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aio_sim.distributed.file_system.galois import combine, identity, inverse, inverted
from aio_sim.kernel.errors import CodecError, InputError
from aio_sim.kernel.messages import _


class ReedSolomon:
    """A systematic code: the data shards are left as they are, parity is added.

    Parity is a Cauchy matrix times the data. Every square part of such a matrix has an inverse,
    so that any k rows of identity and parity do (Blömer et al., An XOR-Based Erasure-Resilient
    Coding Scheme, ICSI TR-95-048, 1995). Raises InputError unless k >= 1, m >= 0, k + m <= 256.
    """

    def __init__(self, data: int, parity: int) -> None:
        if data < 1 or parity < 0 or data + parity > 256:
            sentence = _(
                "expected 1 or more shards of data and 256 in all at most, got {data} and {parity}"
            )
            raise InputError(sentence.format(data=data, parity=parity))
        self.data = data
        self.parity = parity
        cauchy = [
            [inverse((data + row) ^ column) for column in range(data)] for row in range(parity)
        ]
        self.rows = identity(data) + cauchy

    def encode(self, shards: Sequence[bytes]) -> list[bytes]:
        """Return the parity of k shards of data that are equally long."""
        return [combine(row, shards) for row in self.rows[self.data :]]

    def decode(self, shards: Mapping[int, bytes]) -> list[bytes]:
        """Return the k shards of data, from any k shards by their numbers.

        The data has the numbers below k, parity those from k on. Raises CodecError where there are
        fewer than k.
        """
        if len(shards) < self.data:
            sentence = _("{needed} shards are needed, there are {count}")
            raise CodecError(sentence.format(needed=self.data, count=len(shards)))
        numbers = sorted(shards)[: self.data]
        there = [shards[number] for number in numbers]
        if numbers == list(range(self.data)):
            return there
        back = inverted([self.rows[number] for number in numbers])
        return [
            shards[number] if number in shards else combine(back[number], there)
            for number in range(self.data)
        ]

    def rebuild(self, number: int, shards: Mapping[int, bytes]) -> bytes:
        """Return one shard, of data or of parity, from any k; CodecError where there are fewer."""
        if number in shards:
            return shards[number]
        return combine(self.rows[number], self.decode(shards))
