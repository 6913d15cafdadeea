"""Pulls: their times in closed form, layers shared, joined and evicted, and what breaks them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.images.image import ContainerImage, ImageLayer
from aio_sim.containers.images.layer_cache import LayerCache
from aio_sim.containers.images.registry import Registry
from aio_sim.kernel.errors import InputError
from tests.containers.engine.world import FREE, GIB, World

MB = 10**6
SECOND = 10**9
BASE = ImageLayer("base", 50 * MB, 100 * MB)
ONE = ImageLayer("one", 25 * MB, 30 * MB)
OTHER = ImageLayer("other", 12 * MB, 12 * MB)
IMAGES = (
    ContainerImage("first", (BASE, ONE)),
    ContainerImage("second", (BASE, OTHER)),
    ContainerImage("alone", (OTHER,)),
)
WIRE = 10**9 // 8
"""Bytes a second from the registry to the node."""
FAST = replace(FREE, unpack_rate=10**15)
"""Layers are unpacked in no time worth mentioning: a core's nanosecond a layer."""


def pulls(world: World, *names: str) -> list[int]:
    """Return when each of the pulls that begin now is done."""
    ends: list[int] = []
    for name in names:
        event = world.puller.pull(name)
        assert event.callbacks is not None
        event.callbacks.append(lambda _event: ends.append(world.env.now))
    world.pass_time()
    return ends


def test_a_pull_takes_its_bytes_over_the_link() -> None:
    world = World(registry=True, images=IMAGES, profile=FAST)
    assert pulls(world, "first") == [pytest.approx(75 * MB * SECOND // WIRE, abs=1000)]
    assert world.puller.bytes == 75 * MB


def test_the_layers_are_unpacked_one_after_another_behind_the_downloads() -> None:
    """Downloads share the link; the base arrives last, and the upper layer must wait for it."""
    world = World(registry=True, images=IMAGES, disk=10 * GIB)
    downloads = 75 * MB * SECOND // WIRE
    unpacking = 130 * MB  # ns, at 10**9 bytes a second
    writing = 130 * MB  # and so is the disk
    (end,) = pulls(world, "first")
    assert end == pytest.approx(downloads + unpacking + writing, abs=1000)
    assert world.node.free.disk == 10 * GIB - 130 * MB


def test_a_shared_layer_comes_once_a_node() -> None:
    world = World(registry=True, images=IMAGES, profile=FAST)
    pulls(world, "first")
    begun = world.env.now
    (end,) = pulls(world, "second")
    assert end - begun == pytest.approx(12 * MB * SECOND // WIRE, abs=1000)
    assert pulls(world, "first", "second") == [end, end]
    assert world.puller.bytes == 87 * MB
    assert world.puller.hits == 1 + 4


def test_concurrent_pulls_of_one_layer_are_one_download() -> None:
    world = World(registry=True, images=IMAGES, profile=FAST)
    pulls(world, "first", "second", "first")
    assert world.puller.bytes == 87 * MB
    assert world.env.now == pytest.approx(87 * MB * SECOND // WIRE, abs=1000)


def test_no_more_layers_than_allowed_are_downloaded_at_once() -> None:
    many = ContainerImage("many", tuple(ImageLayer(f"l{n}", MB, MB) for n in range(7)))
    world = World(registry=True, images=(many,), profile=FAST)
    most = 0
    world.puller.pull("many")
    while world.env.advance(1):
        most = max(most, world.puller._slots.count)
    assert most == 3


def test_an_image_that_is_not_there_is_named_with_the_nearest() -> None:
    world = World(registry=True, images=IMAGES)
    reason = world.finish(world.puller.pull("frist"))
    assert reason == "unknown image 'frist'; did you mean 'first'?"
    assert world.puller.failed == 1


def test_a_link_that_is_cut_fails_every_pull_that_waits_and_a_later_one_goes_on() -> None:
    world = World(registry=True, images=IMAGES, profile=FAST)
    both = [world.puller.pull("first"), world.puller.pull("second")]
    world.at(SECOND // 10, world.network.fail, "node-link")
    world.pass_time()
    assert [bool(pull.value) for pull in both] == [True, True]
    world.network.repair("node-link")
    assert world.finish(world.puller.pull("first")) == ""
    assert world.store.cache.digests == ("base", "one")


def test_the_cache_evicts_what_was_not_used_for_longest_and_never_what_is_held() -> None:
    world = World(registry=True, images=IMAGES, profile=FAST, cache=130 * MB, disk=GIB)
    first = world.started(name="first", image="first")
    reason = world.finish(world.puller.pull("second"))
    assert "no room" in reason
    world.finish(world.engine.destroy(first))
    assert world.finish(world.puller.pull("alone")) == ""
    assert world.store.cache.evicted >= 1
    assert "base" not in world.store.cache
    world.store.cache.check()
    assert world.node.free.disk == GIB - world.store.cache.used


def test_without_a_place_images_are_there_already() -> None:
    world = World(images=IMAGES)
    assert pulls(world, "first") == [0]


@given(
    st.lists(st.tuples(st.sampled_from(["hold", "drop", "put"]), st.integers(0, 5)), max_size=40)
)
def test_a_cache_is_never_too_full_and_keeps_what_is_held(calls: list[tuple[str, int]]) -> None:
    layers = [ImageLayer(str(size), size, 10 + size) for size in range(6)]
    cache, held = LayerCache(40), [0] * 6
    for what, number in calls:
        layer = layers[number]
        if what == "hold":
            held[number] += 1
            cache.hold([layer])
        elif what == "drop" and held[number]:
            held[number] -= 1
            cache.let_go([layer])
        elif what == "put" and layer.digest not in cache:
            before = set(cache.digests)
            while not cache.fits(layer.unpacked) and cache.evict() is not None:
                pass
            kept = {str(size) for size in range(6) if held[size]} & before
            assert kept <= set(cache.digests)
            if cache.fits(layer.unpacked):
                cache.put(layer)
        cache.check()


def test_images_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(InputError, match="comes twice"):
        ContainerImage("a", (BASE, BASE))
    with pytest.raises(InputError, match="two sizes"):
        Registry([ContainerImage("a", (BASE,)), ContainerImage("b", (replace(BASE, size=1),))])
    with pytest.raises(InputError, match="the name a"):
        Registry([ContainerImage("a", ()), ContainerImage("a", ())])
