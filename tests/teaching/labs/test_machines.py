"""The lab on virtual machines on a host: worked examples, and a division by small steps."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.rejection import Cause
from aio_sim.kernel.trace import Trace
from aio_sim.simulation import build
from aio_sim.teaching.labs.machines import GIB, MachinesProblem, draw, solve
from aio_sim.teaching.labs.pages.machines import sheet
from aio_sim.teaching.labs.pages.sheet import print_parts
from aio_sim.virtualization.machine.claim import MachineClaim
from aio_sim.virtualization.overcommit import Overcommit
from aio_sim.virtualization.profile import ESXI, PROFILES
from tests.simulation.vm_scenarios import virtual

AMPLE = Overcommit(Fraction(1000), Fraction(1000))


def claims_of(*shares: int, reserved: Fraction = Fraction(0)) -> tuple[MachineClaim, ...]:
    """Return machines of one virtual core and 1 GiB, the first with so much reserved."""
    rest = tuple(MachineClaim(1, GIB, shares=each) for each in shares[1:])
    return (MachineClaim(1, GIB, shares=shares[0], reserved_cores=reserved), *rest)


def by_small_steps(cores: int, claims: list[MachineClaim]) -> list[float]:
    """Give out what is reserved, then crumbs, each to whoever has least of a share and may take."""
    has = [float(claim.reserved_cores) for claim in claims]
    most = [float(min(claim.core_limit or claim.cores, claim.cores)) for claim in claims]
    crumb = 0.001
    for _crumb in range(round((cores - sum(has)) / crumb)):
        wanting = [at for at in range(len(claims)) if has[at] + crumb <= most[at] + 1e-9]
        if not wanting:
            break
        has[min(wanting, key=lambda at: has[at] / claims[at].shares)] += crumb
    return has


@given(
    cores=st.integers(1, 3),
    claims=st.lists(
        st.builds(
            MachineClaim,
            cores=st.just(1),
            memory=st.just(GIB),
            shares=st.sampled_from([500, 1000, 1500, 2000]),
            reserved_cores=st.sampled_from([Fraction(0), Fraction(1, 10), Fraction(1, 5)]),
            core_limit=st.sampled_from([None, Fraction(1, 4), Fraction(1, 2)]),
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_cores_are_divided_as_by_crumbs_to_the_poorest(
    cores: int, claims: list[MachineClaim]
) -> None:
    answer = solve(MachinesProblem(ESXI, cores, 64 * GIB, AMPLE, tuple(claims)))
    found = [float(lodging.cores) for lodging in answer.lodgings]
    assert found == pytest.approx(by_small_steps(cores, claims), abs=0.003)


def test_the_profile_says_how_many_of_machines_alike_find_room() -> None:
    for name, expected in (("esxi", 8), ("virtualbox", 4)):
        problem = draw(0, profile=name, cores=2, memory=64 * GIB, claims=claims_of(*[1000] * 10))
        assert solve(problem).ledger.machines == expected


def test_what_is_refused_has_nothing_and_takes_nothing_from_the_others() -> None:
    few = solve(MachinesProblem(ESXI, 1, 8 * GIB, Overcommit(Fraction(2)), claims_of(1000, 1000)))
    more = solve(
        MachinesProblem(ESXI, 1, 8 * GIB, Overcommit(Fraction(2)), claims_of(1000, 1000, 9000))
    )
    assert more.lodgings[:2] == few.lodgings
    assert more.lodgings[2].refused is not None
    assert more.lodgings[2].cores == more.lodgings[2].memory == 0


def test_what_is_promised_beyond_the_memory_is_divided_by_shares() -> None:
    claims = tuple(MachineClaim(1, 4 * GIB, shares=shares) for shares in (3000, 1000))
    answer = solve(MachinesProblem(ESXI, 2, 4 * GIB, AMPLE, claims))
    first, second = (lodging.memory for lodging in answer.lodgings)
    overheads = sum(lodging.overhead for lodging in answer.lodgings)
    assert first + second == 4 * GIB - ESXI.host_memory - overheads
    assert first == pytest.approx(3 * second)


def test_machines_have_the_memory_that_a_run_gives_them() -> None:
    problem = draw(1)
    vms = [
        {
            "name": f"vm-{at}",
            "cores": claim.cores,
            "memory": claim.memory,
            "shares": claim.shares,
            "reservation": {"cores": float(claim.reserved_cores)},
            "booted": True,
        }
        for at, claim in enumerate(problem.claims)
    ]
    hosts = [{"name": "h", "cores": problem.cores, "memory": problem.memory}]
    system = build(virtual(vms, hosts=hosts, vmm={"profile": problem.profile.name}), Trace())
    system.env.run()
    assert system.virtual is not None
    lodgers = system.virtual.monitors["h"].room.lodgers.values()
    answer = solve(problem)
    assert [each.allotted for each in lodgers] == [each.memory for each in answer.lodgings]
    assert [each.memory // 2**20 for each in answer.lodgings] == [2048, 3560, 1024, 890]


def test_a_host_smaller_than_its_monitor_takes_no_machine(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from aio_sim.report.console import console

    problem = draw(
        0, profile="esxi", memory=GIB // 4, claims=claims_of(1000), overcommit_memory=Fraction(8)
    )
    answer = solve(problem)
    assert [each.refused and each.refused.cause for each in answer.lodgings] == [Cause.RESERVATION]
    assert answer.ledger.machines == answer.lodgings[0].memory == 0
    print_parts([*sheet(problem, answer).explanation], console(None))
    assert "more than the 256 MiB of the host" in capsys.readouterr().out


def test_one_seed_is_one_problem_that_has_an_answer() -> None:
    problems = [draw(seed) for seed in range(60)]
    assert problems[7] == draw(7)
    assert {problem.profile.name for problem in problems} == set(PROFILES)
    answers = [solve(problem) for problem in problems]
    assert sum(any(each.refused for each in answer.lodgings) for answer in answers) > 5
    assert all(answer.ledger.machines for answer in answers)


def test_every_step_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    from aio_sim.report.console import console

    problem = MachinesProblem(
        ESXI, 1, 8 * GIB, AMPLE, claims_of(1000, 1000, 1000, reserved=Fraction(1, 2))
    )
    page = sheet(problem, solve(problem))
    print_parts([*page.given, *page.solution, *page.explanation], console(None))
    out = capsys.readouterr().out
    assert "what is reserved" in out
    assert "all it may have" in out
    assert "keeps 512 MiB for itself" in out


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UnknownName, match="esxi"):
        draw(0, profile="exsi")
    with pytest.raises(InputError, match="1 to 1,000 machines"):
        solve(draw(0, claims=()))
    with pytest.raises(InputError, match="at least 1 core"):
        solve(draw(0, cores=0))
