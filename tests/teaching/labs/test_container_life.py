"""The lab on the life of a container: worked examples, and its states against its profile."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.profile import RuntimeProfile
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.teaching.labs.container_life import SECOND, ContainerAnswer, draw, solve
from aio_sim.teaching.labs.pages.container_life import sheet

MS = 10**6


def states(answer: ContainerAnswer) -> list[str]:
    return [stay.state for stay in answer.stays]


def lived(
    restart: str, code: int, removed: int = 100, retries: int | None = None
) -> ContainerAnswer:
    return solve(
        draw(
            0,
            profile="docker",
            bandwidth=None,
            work=2 * SECOND,
            code=code,
            restart=restart,
            retries=retries,
            removed=removed * SECOND,
        )
    )


ONCE = ["creating", "starting", "running", "exited"]
AGAIN = ["restarting", "starting", "running", "exited"]


@pytest.mark.parametrize(
    ("restart", "code", "again"),
    [("no", 0, 0), ("no", 1, 0), ("on-failure", 0, 0), ("on-failure", 1, 2)],
)
def test_a_restart_policy_decides_by_the_exit_code(restart: str, code: int, again: int) -> None:
    retries = 2 if restart == "on-failure" else None
    assert states(lived(restart, code, retries=retries)) == ONCE + again * AGAIN


@pytest.mark.parametrize("restart", ["always", "unless-stopped"])
@pytest.mark.parametrize("code", [0, 1])
def test_some_start_it_again_whatever_the_code_until_it_is_removed(restart: str, code: int) -> None:
    answer = lived(restart, code, removed=30)
    assert answer.as_json()["starts"] > 5
    assert answer.stays[-1].end == 30 * SECOND


@pytest.mark.parametrize(("profile", "own"), [("docker", 100), ("kubernetes", 200)])
def test_creation_pulls_unpacks_and_writes_as_the_problem_says(profile: str, own: int) -> None:
    size = 100 * 10**6
    problem = draw(0, profile=profile, image=size, restart="no", removed=SECOND)
    told = " ".join(map(str, sheet(problem, solve(problem)).given))
    assert "unpacked at 150 MB/s and written to disk at 520 MB/s, after 100 us" in told
    assert f"creation: {own} ms" in told
    seconds = size / 125e6 + size / 150e6 + size / 520e6 + 100e-6 + own / 1000
    creation = solve(problem).stays[0]
    assert (creation.end - creation.begin) / SECOND == pytest.approx(seconds, rel=1e-6)


def test_an_image_that_takes_longer_than_the_life_is_waited_for() -> None:
    problem = draw(0, profile="docker", image=10**12, restart="no", removed=SECOND)
    seconds = 1e12 / 125e6 + 1e12 / 150e6 + 1e12 / 520e6
    assert solve(problem).stays[0].end / SECOND == pytest.approx(seconds, rel=1e-3)


def test_back_offs_of_docker_double_from_100_ms() -> None:
    waits = [
        stay.end - stay.begin for stay in lived("always", 1).stays if stay.state == "restarting"
    ]
    assert waits[:6] == [100 * MS * 2**number for number in range(6)]


@given(st.integers(0, 1000))
def test_each_state_takes_its_time_and_follows_the_one_before(seed: int) -> None:
    problem = draw(seed)
    stays = solve(problem).stays
    assert stays[0].begin == 0
    assert stays[-1].end == problem.removed
    for before, after in itertools.pairwise(stays):
        assert before.end == after.begin
    profile = RuntimeProfile.named(problem.profile)
    start = profile.start.time + profile.start.work
    for stay in stays[:-1]:
        if stay.state == "starting":
            assert stay.end - stay.begin == start
        elif stay.state == "running":
            assert stay.end - stay.begin == problem.work


def test_an_image_takes_the_time_of_its_way_and_of_its_unpacking() -> None:
    there = draw(0, image=10**9, bandwidth=None, removed=50 * SECOND)
    pulled = draw(0, image=10**9, bandwidth=10**9, removed=50 * SECOND)
    longer = solve(pulled).stays[0].end - solve(there).stays[0].end
    assert longer > 8 * SECOND


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(InputError, match="an image of 2 TiB does not fit on the disk"):
        draw(0, image=2 * 2**40)
    with pytest.raises(InputError, match="more than no time"):
        draw(0, work=0)
    with pytest.raises(InputError, match="only with the restart policy on-failure"):
        draw(0, restart="always", retries=2)
    with pytest.raises(UnknownName, match="did you mean 'docker'"):
        draw(0, profile="dokker")
    with pytest.raises(UnknownName, match="restart policy"):
        draw(0, restart="sometimes")
    with pytest.raises(InputError, match="bandwidth must be at least 8 bits"):
        solve(draw(0, bandwidth=0))
