"""A second reader of compressed streams: strings of '0' and '1', lists and no cleverness."""

from __future__ import annotations

import zlib


class Bits:
    """The bits of some bytes as text, taken from the left."""

    def __init__(self, packed: bytes) -> None:
        self.text = "".join(f"{byte:08b}" for byte in packed)

    def number(self, width: int) -> int:
        taken, self.text = self.text[:width], self.text[width:]
        assert len(taken) == width
        return int(taken, 2) if width else 0

    def gamma(self) -> int:
        zeros = len(self.text) - len(self.text.lstrip("0"))
        self.number(zeros)
        return self.number(zeros + 1)


def bits_for(choices: int) -> int:
    """Return the least width in which `choices` numbers can be told apart."""
    width = 0
    while 2**width < choices:
        width += 1
    return width


def lz77_block(packed: bytes, size: int, history: list[int], window: int) -> list[int]:
    """Return the history with one block after it."""
    bits, data = Bits(packed), list(history)
    while len(data) < len(history) + size:
        if bits.number(1) == 0:
            data.append(bits.number(8))
            continue
        distance = bits.number(bits_for(min(len(data), window))) + 1
        for _copied in range(bits.gamma() + 2):
            data.append(data[-distance])
    assert not bits.text.strip("0")
    assert len(data) == len(history) + size
    return data


def lz78_block(packed: bytes, size: int, phrases: list[bytes], most: int, freeze: bool) -> bytes:
    """Return one block; `phrases` is changed in place."""
    bits, data = Bits(packed), b""
    while len(data) < size:
        phrase = phrases[bits.number(bits_for(len(phrases)))]
        data += phrase
        if len(data) == size:
            break
        byte = bytes([bits.number(8)])
        data += byte
        if len(phrases) < most:
            phrases.append(phrase + byte)
        if len(phrases) == most and not freeze:
            phrases[:] = [b""]
    assert not bits.text.strip("0")
    return data


def decompress(stream: bytes) -> bytes:
    """Return the original bytes, every field of the layout checked by assertion."""
    assert stream[:5] == b"AIOZ\x01"
    code, power, choice = stream[5:8]
    data, at, phrases = b"", 16, [b""]
    while size := int.from_bytes(stream[at : at + 4], "big"):
        packed = int.from_bytes(stream[at + 4 : at + 8], "big")
        body = stream[at + 8 : at + 8 + packed]
        at += 8 + packed
        if packed == size:
            data, phrases = data + body, [b""]
        elif code == 1:
            data = bytes(lz77_block(body, size, list(data), 2**power))
        else:
            data += lz78_block(body, size, phrases, 2**power, choice == 1)
    at += 4
    assert int.from_bytes(stream[at : at + 8], "big") == len(data)
    assert int.from_bytes(stream[8:16], "big") in (len(data), 2**64 - 1)
    assert int.from_bytes(stream[at + 8 :], "big") == zlib.crc32(stream[:16] + data)
    assert len(stream) == at + 12
    return data
