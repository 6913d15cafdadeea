"""The catalogue of images against a plain dictionary, and what it must refuse."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aio_sim.kernel.errors import ImageError, InputError, UnknownName
from aio_sim.virtualization.catalogue import ZEROS, Catalogue, ImageReference
from aio_sim.virtualization.images import (
    compare_images,
    convert_image,
    create_image,
    open_image,
    snapshot_image,
)
from tests.virtualization.images.conftest import scattered
from tests.virtualization.images.reference import MIB

BLOCK = 4
SIZE = 22  # five blocks and a half one
Disk = dict[int, bytes]


def block(letter: str, length: int = BLOCK) -> bytes:
    return letter.encode() * length


def catalogue() -> Catalogue:
    """Return the catalogue of an image with three versions, each a layer on the one before."""
    made = Catalogue(block_size=BLOCK)
    made.add("os:1", SIZE, [(0, block("a")), (1, block("b")), (5, block("c", 2))])
    made.add("os:2", SIZE, [(0, block("x")), (1, block("b")), (5, block("c", 2))], base="os:1")
    made.add("os:3", SIZE, [(0, block("x")), (4, block("d"))], base="os:2")
    return made


def disk_of(images: Catalogue, reference: str) -> Disk:
    size = images.resolve(reference).size
    blocks = {at: images.read(reference, at) for at in range(-(-size // BLOCK))}
    return {at: data for at, data in blocks.items() if any(data)}


def test_each_version_reads_as_it_was_added_and_keeps_only_what_differs() -> None:
    images = catalogue()
    assert disk_of(images, "os:1") == {0: b"aaaa", 1: b"bbbb", 5: b"cc"}
    assert disk_of(images, "os:2") == {0: b"xxxx", 1: b"bbbb", 5: b"cc"}
    assert disk_of(images, "os:3") == {0: b"xxxx", 4: b"dddd"}
    layers = [dict(images.layers[each].blocks) for each in images.resolve("os:3").layers]
    digest = {letter: sha256(block(letter)).hexdigest() for letter in "abdx"}
    assert layers == [
        {0: digest["a"], 1: digest["b"], 5: sha256(b"cc").hexdigest()},
        {0: digest["x"]},
        {1: ZEROS, 4: digest["d"], 5: ZEROS},
    ]
    assert images.stored_bytes == 4 * BLOCK + 2


def test_a_read_asks_layers_from_the_top_until_one_has_the_block() -> None:
    images = catalogue()
    asked = [images.find("os:3", number).layers_asked for number in range(6)]
    assert asked == [2, 1, 3, 3, 1, 1]
    images.squash("os:3", "os:3-flat")
    assert disk_of(images, "os:3-flat") == disk_of(images, "os:3")
    assert {images.find("os:3-flat", number).layers_asked for number in range(6)} == {1}


def test_equal_changes_are_one_layer_and_equal_disks_have_one_checksum() -> None:
    images = Catalogue(block_size=BLOCK)
    one = images.add("one:1", SIZE, [(2, block("z"))])
    other = images.add("other:1", SIZE, [(3, block("q")), (2, block("z"))])
    on_top = images.add("other:2", SIZE, [(3, block("q")), (2, block("z"))], base="one:1")
    again = images.tag("one:1", "again:7")
    assert one.digest == again.digest
    assert len({one.digest, other.digest, on_top.digest}) == 3
    assert on_top.layers[0] == one.layers[0]
    assert len(images.layers) == 3


def test_a_version_that_changes_nothing_adds_no_layer() -> None:
    images = catalogue()
    same = images.add("os:4", SIZE, [(0, block("x")), (4, block("d"))], base="os:3")
    assert same.layers == images.resolve("os:3").layers


def test_a_disk_may_grow_and_shrink_between_versions() -> None:
    images = catalogue()
    images.add("os:small", 6, [(0, block("a")), (1, block("b", 2))], base="os:1")
    images.add("os:large", 40, [(0, block("a")), (9, block("e"))], base="os:small")
    assert disk_of(images, "os:small") == {0: b"aaaa", 1: b"bb"}
    assert disk_of(images, "os:large") == {0: b"aaaa", 9: b"eeee"}


def test_a_pull_brings_only_layers_and_blocks_that_are_not_there() -> None:
    remote, local = catalogue(), Catalogue(block_size=BLOCK)
    first = local.pull("os:2", remote)
    assert (len(first.layers), first.layers_there) == (2, ())
    assert first.block_bytes == 3 * BLOCK + 2
    assert first.map_bytes == 4 * 40  # a block number and a SHA-256 an entry
    assert first.total_bytes == first.block_bytes + first.map_bytes
    local.add("mine:1", SIZE, [(3, block("d"))])
    plan = local.plan_pull("os:3", remote)
    assert local.pull("os:3", remote) == plan
    assert plan.layers_there == remote.resolve("os:2").layers
    assert plan.layers == remote.resolve("os:3").layers[2:]
    assert (plan.blocks, plan.block_bytes) == ((), 0)  # `mine` has the one new block already
    assert plan.bytes_there == 4 * BLOCK + 2
    assert disk_of(local, "os:3") == disk_of(remote, "os:3")
    assert local.pull("os", remote).total_bytes == 0


def test_a_push_is_the_pull_of_the_other_side() -> None:
    one, other = catalogue(), Catalogue(block_size=BLOCK)
    expected = other.plan_pull("os", one)
    assert one.push("os", other) == expected
    assert disk_of(other, "os") == disk_of(one, "os:3")
    assert other.resolve("os") == one.resolve("os:3")


def test_a_name_alone_is_the_version_added_last() -> None:
    images = catalogue()
    assert images.resolve("os").reference == ImageReference("os", "3")
    images.remove("os")
    assert str(images.resolve("os").reference) == "os:2"
    assert images.names() == ("os",)
    assert [str(each.reference) for each in images.versions("os")] == ["os:1", "os:2"]


def test_what_is_shared_outlives_the_version_it_came_with() -> None:
    images = catalogue()
    images.remove("os:1")
    assert images.collect() == (0, 0, 0)
    images.remove("os:3")
    assert images.collect() == (1, 1, BLOCK)
    assert disk_of(images, "os:2") == {0: b"xxxx", 1: b"bbbb", 5: b"cc"}
    images.remove("os:2")
    assert images.collect() == (2, 4, 3 * BLOCK + 2)
    assert (images.names(), len(images.layers), images.stored_bytes) == ((), 0, 0)


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("oss", "did you mean 'os'"),
        ("os:1.0", "version of os '1.0'"),
        ("OS:1", "small letters"),
        ("", "expected name:version"),
        ("os:", "expected name:version"),
        (":1", "expected name:version"),
        ("os:1:2", "expected name:version"),
        ("../os:1", "expected name:version"),
        ("os:" + "1" * 129, "expected name:version"),
    ],
)
def test_a_reference_to_nothing_is_answered_with_what_was_meant(reference: str, told: str) -> None:
    with pytest.raises(InputError, match=told.replace(".", r"\.")):
        catalogue().resolve(reference)


def test_an_unknown_version_is_answered_with_the_nearest() -> None:
    images = Catalogue(block_size=BLOCK)
    for version in ("22.04", "23.10"):
        images.add(f"tools/linux:{version}", SIZE, [])
    with pytest.raises(UnknownName, match=r"did you mean '22\.04'"):
        images.resolve("tools/linux:22.4")


def test_what_does_not_fit_is_refused() -> None:
    images = catalogue()
    for number, data in ((6, block("a")), (-1, block("a")), (0, b"abc"), (5, block("a")), (0, b"")):
        with pytest.raises(InputError, match="block"):
            images.add("bad:1", SIZE, [(number, data)])
    with pytest.raises(InputError, match="never changed"):
        images.add("os:1", SIZE, [])
    with pytest.raises(InputError, match="version"):
        images.add("os", SIZE, [])
    with pytest.raises(InputError, match="not on a disk"):
        images.read("os:1", 6)
    with pytest.raises(InputError, match="at least one byte"):
        Catalogue(block_size=0)
    with pytest.raises(InputError, match="blocks of 4 bytes"):
        Catalogue(block_size=8).pull("os:1", images)
    assert "bad" not in images.names()


def test_another_image_of_the_same_name_is_not_replaced() -> None:
    images, other = catalogue(), Catalogue(block_size=BLOCK)
    other.add("os:1", SIZE, [(0, block("?"))])
    with pytest.raises(InputError, match="another one"):
        other.pull("os:1", images)
    assert disk_of(other, "os:1") == {0: b"????"}
    assert len(other.layers) == 1


def test_a_chain_has_an_end_until_it_is_squashed() -> None:
    images = Catalogue(block_size=BLOCK)
    images.add("deep:0", SIZE, [(0, block("0"))])
    for depth in range(1, 33):
        images.add(f"deep:{depth}", SIZE, [(0, f"{depth:04}".encode())], base=f"deep:{depth - 1}")
    with pytest.raises(InputError, match="squash"):
        images.add("deep:33", SIZE, [], base="deep:32")
    images.squash("deep:32", "flat:32")
    assert len(images.add("deep:33", SIZE, [], base="flat:32").layers) == 2


def damage(images: Catalogue, digest: str, data: bytes) -> None:
    blocks = images.layers.blocks._blocks
    blocks[digest] = blocks[digest]._replace(data=data)


def test_damaged_bytes_are_noticed_when_read_and_never_pulled() -> None:
    images, target = catalogue(), Catalogue(block_size=BLOCK)
    damage(images, sha256(block("a")).hexdigest(), b"abaa")
    with pytest.raises(ImageError, match="checksum"):
        images.read("os:1", 0)
    assert images.read("os:1", 1) == block("b")
    with pytest.raises(ImageError, match="checksum"):
        target.pull("os:1", images)
    assert (target.names(), len(target.layers), target.stored_bytes) == ((), 0, 0)


def test_a_damaged_layer_is_never_pulled() -> None:
    images, target = catalogue(), Catalogue(block_size=BLOCK)
    (digest,) = images.resolve("os:1").layers
    layers = images.layers._layers
    forged = dict(layers[digest].blocks) | {3: sha256(block("a")).hexdigest()}
    layers[digest] = type(layers[digest])(digest, forged)
    with pytest.raises(ImageError, match="layer"):
        target.pull("os:1", images)
    assert target.names() == ()


def test_a_catalogue_of_checksums_plans_like_one_of_bytes_but_has_none() -> None:
    images, light = catalogue(), Catalogue(block_size=BLOCK, keep_bytes=False)
    target = Catalogue(block_size=BLOCK, keep_bytes=False)
    assert light.pull("os:2", images).block_bytes == 3 * BLOCK + 2
    assert light.plan_pull("os:3", images).block_bytes == BLOCK
    assert target.pull("os:2", light) == Catalogue(block_size=BLOCK).plan_pull("os:2", images)
    assert target.contents("os:2") == images.contents("os:2")
    assert target.read("os:2", 3) == bytes(BLOCK)
    with pytest.raises(InputError, match="only its checksum"):
        target.read("os:2", 0)


def test_real_images_go_in_as_layers_and_come_out_the_same(tmp_path: Path) -> None:
    base, child, back = tmp_path / "base.vdi", tmp_path / "child.vdi", tmp_path / "back.vmdk"
    convert_image(scattered(tmp_path / "disk.raw", 3 * MIB + 512), base)
    snapshot_image(base, child)
    with open_image(child, writable=True) as image:
        image.write(MIB, b"changed")
    images = Catalogue()
    with open_image(base) as image:
        images.add_disk("disk:1", image)
    with open_image(child) as image:
        made = images.add_disk("disk:2", image, base="disk:1")
    assert list(images.layers[made.layers[1]].blocks) == [MIB // images.block_size]
    create_image(back, made.size)
    with open_image(back, writable=True) as image:
        images.restore("disk:2", image)
    assert compare_images(child, back).same


def test_a_tebibyte_of_holes_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "large.vmdk"
    create_image(path, 1 << 40)
    with open_image(path, writable=True) as image:
        image.write(1 << 39, b"little")
        images = Catalogue()
        assert images.add_disk("large:1", image).size == 1 << 40
    assert images.stored_bytes == images.block_size


NAMES = st.sampled_from(["a", "b", "c/d"])
CONTENTS = st.dictionaries(
    st.integers(0, 5), st.sampled_from(["\0", "p", "q", "r"]), max_size=6
).map(lambda chosen: {at: block(letter, 2 if at == 5 else 4) for at, letter in chosen.items()})


class Model:
    """A catalogue as a dictionary: what each version reads as, and the layers it was made by."""

    def __init__(self) -> None:
        self.disks: dict[str, Disk] = {}
        self.layers: dict[str, tuple[frozenset[tuple[int, bytes]], ...]] = {}

    def add(self, reference: str, disk: Disk, base: str | None) -> None:
        below = self.disks[base] if base else {}
        chain = self.layers[base] if base else ()
        changed = {at: data for at, data in disk.items() if below.get(at) != data}
        changed |= dict.fromkeys(below.keys() - disk.keys(), b"")
        self.disks[reference] = disk
        self.layers[reference] = (*chain, frozenset(changed.items())) if changed else chain

    def reachable_layers(self) -> set[frozenset[tuple[int, bytes]]]:
        return {layer for chain in self.layers.values() for layer in chain}

    def reachable_blocks(self) -> set[str]:
        layers = self.reachable_layers()
        return {sha256(data).hexdigest() for layer in layers for _at, data in layer if data}


SIDES = st.integers(0, 1)
PICKS = st.integers(0, 99)


class CatalogueMachine(RuleBasedStateMachine):
    """Two catalogues that exchange images, each held against its dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.sides = [
            (Catalogue(block_size=BLOCK), Model()),
            (Catalogue(block_size=BLOCK), Model()),
        ]
        self.count = 0

    def new_reference(self, name: str) -> str:
        self.count += 1
        return f"{name}:v{self.count}"

    def picked(self, side: int, pick: int) -> str | None:
        there = sorted(self.sides[side][1].disks)
        return there[pick % len(there)] if there else None

    @initialize(disks=st.lists(CONTENTS, min_size=2, max_size=4))
    def begin(self, disks: list[Disk]) -> None:
        for side, disk in enumerate(disks):
            self.add(side % 2, "a", disk)
            self.derive(side % 2, "b", side, {0: block("s"), side: block("t")})

    @rule(side=SIDES, name=NAMES, contents=CONTENTS)
    def add(self, side: int, name: str, contents: Disk) -> None:
        images, model = self.sides[side]
        reference = self.new_reference(name)
        images.add(reference, SIZE, contents.items())
        model.add(reference, {at: data for at, data in contents.items() if any(data)}, None)

    @rule(side=SIDES, name=NAMES, pick=PICKS, contents=CONTENTS)
    def derive(self, side: int, name: str, pick: int, contents: Disk) -> None:
        images, model = self.sides[side]
        base = self.picked(side, pick)
        if base is None or len(model.layers[base]) > 30:
            return
        reference = self.new_reference(name)
        disk = model.disks[base] | contents
        images.add(reference, SIZE, disk.items(), base=base)
        model.add(reference, {at: data for at, data in disk.items() if any(data)}, base)

    @rule(side=SIDES, name=NAMES, pick=PICKS)
    def tag(self, side: int, name: str, pick: int) -> None:
        images, model = self.sides[side]
        if old := self.picked(side, pick):
            reference = self.new_reference(name)
            images.tag(old, reference)
            model.disks[reference], model.layers[reference] = model.disks[old], model.layers[old]

    @rule(side=SIDES, pick=PICKS)
    def remove(self, side: int, pick: int) -> None:
        images, model = self.sides[side]
        if reference := self.picked(side, pick):
            del model.disks[reference], model.layers[reference]
            images.remove(reference)
            with pytest.raises(UnknownName):
                images.resolve(reference)

    @rule(side=SIDES, pick=PICKS)
    def keep_one(self, side: int, pick: int) -> None:
        kept = self.picked(side, pick)
        images, model = self.sides[side]
        for reference in model.disks.keys() - {kept}:
            del model.disks[reference], model.layers[reference]
            images.remove(reference)

    @rule(side=SIDES, pick=PICKS)
    def pull(self, side: int, pick: int) -> None:
        (here, model), (there, other) = self.sides[side], self.sides[1 - side]
        reference = self.picked(1 - side, pick)
        if reference is None:
            return
        kept = set(here.layers.blocks)
        transfer = here.pull(reference, there)
        layers = other.layers[reference]
        wanted = {data for layer in layers for _at, data in layer if data}
        missing = {data for data in wanted if sha256(data).hexdigest() not in kept}
        assert transfer.block_bytes == sum(map(len, missing))
        assert transfer.block_bytes + transfer.bytes_there == sum(map(len, wanted))
        assert len(transfer.layers) + len(set(transfer.layers_there)) == len(set(layers))
        model.disks[reference], model.layers[reference] = other.disks[reference], layers

    @rule(side=SIDES)
    def collect(self, side: int) -> None:
        images, model = self.sides[side]
        before = len(images.layers), len(images.layers.blocks), images.stored_bytes
        gone = images.collect()
        assert set(images.layers.blocks) == model.reachable_blocks()
        assert len(images.layers) == len(model.reachable_layers())
        after = len(images.layers), len(images.layers.blocks), images.stored_bytes
        assert tuple(gone) == tuple(a - b for a, b in zip(before, after, strict=True))

    @invariant()
    def every_version_reads_as_the_dictionary_says(self) -> None:
        for images, model in self.sides:
            names = {reference.partition(":")[0] for reference in model.disks}
            assert set(images.names()) == names
            for reference, disk in model.disks.items():
                assert disk_of(images, reference) == disk
                assert len(images.resolve(reference).layers) == len(model.layers[reference])


TestCatalogueAgainstADictionary = CatalogueMachine.TestCase
TestCatalogueAgainstADictionary.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None
)
