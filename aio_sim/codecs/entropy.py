"""How far compression could go: empirical entropy, the bounds of LZ78, and zlib for comparison."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable
from math import log2

from aio_sim.codecs.stream import compress


def empirical_entropy(data: bytes, order: int = 0) -> float:
    """Return the empirical entropy of `data` in bits a byte, each byte given the `order` before it.

    H_k = - sum over contexts c of k bytes and bytes s of n(c, s) / n log2(n(c, s) / n(c)) (T. Cover
    and J. Thomas, Elements of Information Theory, 2nd ed., 2.2 and 13.5). For a small file and a
    large order it falls below what any code reaches, as the contexts have to be told too.
    """
    contexts: Counter[bytes] = Counter()
    pairs: Counter[bytes] = Counter()
    for start in range(len(data) - order):
        pairs[data[start : start + order + 1]] += 1
    for pair, count in pairs.items():
        contexts[pair[:order]] += count
    bits = sum(count * log2(contexts[pair[:order]] / count) for pair, count in pairs.items())
    return bits / max(len(data) - order, 1)


def lz78_rate(phrases: int, symbols: int) -> float:
    """Return c log2 c / n, the bits a symbol that LZ78 tends to with `phrases` over `symbols`.

    Its upper limit is the entropy rate of a stationary ergodic source (Ziv and Lempel 1978, 2).
    """
    return phrases * log2(phrases) / symbols if phrases > 1 else 0.0


def lz78_excess(phrases: int, symbols: int) -> float:
    """Return the bits a symbol by which c log2 c / n can exceed the entropy of single symbols.

    With m = n / c, ((m + 1) log2(m + 1) - m log2 m) / m, for any text of n symbols in c different
    phrases: Ziv's inequality, and the largest entropy that lengths of mean m can have (Cover and
    Thomas, lemmas 13.5.4 and 13.5.5). It falls like log2 m / m. 0 for no phrases.
    """
    if not phrases:
        return 0.0
    mean = symbols / phrases
    return ((mean + 1) * log2(mean + 1) - mean * log2(mean)) / mean


def lz78_phrase_bound(bits: int) -> float:
    """Return the largest number of distinct phrases that `bits` > 2 bits can be parsed into.

    n / ((1 - e) log2 n), e = min(1, (log2 log2 n + 4) / log2 n); Lempel and Ziv 1976, Cover and
    Thomas lemma 13.5.3. Infinite where n is so small that the bound says nothing.
    """
    logarithm = log2(bits)
    slack = min(1.0, (log2(logarithm) + 4) / logarithm)
    return bits / ((1 - slack) * logarithm) if slack < 1 else float("inf")


def compare_ratios(data: bytes, orders: Iterable[int] = (0, 1, 2)) -> dict[str, float]:
    """Return the compression ratios (original bytes / compressed bytes) that `data` allows.

    `data` is not empty. `lz77`, `lz78` and `zlib` (level 9) are reached, header and checksum
    included; `entropy.k` is what an ideal code of order k would reach, 8 / H_k (infinite where the
    entropy is 0).
    """
    reached = {method: len(compress(data, method)) for method in ("lz77", "lz78")}
    reached["zlib"] = len(zlib.compress(data, 9))
    ratios = {method: len(data) / size for method, size in reached.items()}
    for order in orders:
        entropy = empirical_entropy(data, order)
        ratios[f"entropy.{order}"] = 8 / entropy if entropy else float("inf")
    return ratios
