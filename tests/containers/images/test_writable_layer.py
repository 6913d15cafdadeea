"""The writable layer against files that are really copied, whole, in a dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.images.writable_layer import WritableLayer
from aio_sim.kernel.errors import InputError

LOWER = {"a": 10, "b": 3}
Calls = st.lists(
    st.tuples(
        st.sampled_from(["write", "delete"]),
        st.sampled_from("abc"),
        st.integers(0, 8),
        st.integers(0, 12),
    ),
    max_size=30,
)


@given(Calls)
def test_the_layer_holds_what_was_copied_up_and_written(
    calls: list[tuple[str, str, int, int]],
) -> None:
    layer = WritableLayer(LOWER)
    upper: dict[str, bytearray] = {}
    deleted: set[str] = set()
    for what, file, length, offset in calls:
        there = file in upper or (file in LOWER and file not in deleted)
        if what == "write":
            if file not in upper:
                copied = LOWER.get(file, 0) if file not in deleted else 0
                upper[file] = bytearray(copied)
                assert layer.plan(file, length, offset).copied == copied
            content = upper[file]
            content.extend(bytes(max(offset + length - len(content), 0)))
            layer.write(file, length, offset)
        elif there:
            upper.pop(file, None)
            deleted.add(file)
            layer.delete(file)
        else:
            with pytest.raises(InputError, match="no file"):
                layer.delete(file)
        assert layer.used == sum(map(len, upper.values()))
        for name in "abc":
            size = len(upper[name]) if name in upper else LOWER.get(name)
            assert layer.size(name) == (None if name in deleted - set(upper) else size)


def test_a_negative_write_is_refused() -> None:
    with pytest.raises(InputError, match="0 bytes or more"):
        WritableLayer({}).write("a", -1)
