"""The variants of a scenario: what each is made of, and what is wrong with one that is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from aio_sim.kernel.errors import InputError, Problem, ScenarioError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.scenario import Scenario

Values = dict[str, Any]
"""The values that make one variant, by path."""


def combinations(vary: Mapping[str, Sequence[Any]]) -> list[Values]:
    """Return every combination of the values given by path, the last path changing fastest.

    Raises InputError where there is nothing to vary.
    """
    if not vary or not all(vary.values()):
        raise InputError(_("nothing to compare: give a path and the values that it takes"))
    return [dict(zip(vary, values, strict=True)) for values in product(*vary.values())]


def text(value: Any) -> str:
    """Return a value as it is written after the equals sign of an override."""
    return value if isinstance(value, str) else json.dumps(value)


def made(
    values: Sequence[Values], make: Callable[[list[str]], Scenario], settings: Iterable[str] = ()
) -> list[Scenario]:
    """Return the scenario of each variant, which `make` makes of its overrides.

    `settings` are common to all, but for an option that only some of the varied policies have: it
    is left out where the policy lacks it. Raises ScenarioError with what is wrong with the first
    variant that is no scenario.
    """
    common = list(settings)
    variants = []
    for each in values:
        try:
            variants.append(make(_overrides(each, values, common)))
        except ScenarioError as error:
            raise ScenarioError(_of_variant(problem, each) for problem in error.problems) from None
    return variants


def _overrides(variant: Values, values: Sequence[Values], common: list[str]) -> list[str]:
    """Return all overrides of a variant, in an order in which a policy comes before its options."""
    owners = _varied_owners(variant)
    options = {setting: _option(setting, owners) for setting in common}
    written = [f"{path}={text(value)}" for path, value in variant.items()]
    policies = [setting for setting in written if _path(setting).endswith(".policy")]
    return [
        *(setting for setting in common if options[setting] is None),
        *policies,
        *(each for each, option in options.items() if option and _fits(*option, variant, values)),
        *(setting for setting in written if setting not in policies),
    ]


def _varied_owners(variant: Values) -> list[str]:
    """Return the paths of those parts whose policy is varied."""
    return [path.removesuffix(".policy") for path in variant if path.endswith(".policy")]


def _path(setting: str) -> str:
    return setting.partition("=")[0].strip()


def _option(setting: str, owners: Iterable[str]) -> tuple[str, str] | None:
    """Return whose option an override is about and its name, where that one's policy is varied."""
    for owner in owners:
        option = _path(setting).removeprefix(f"{owner}.")
        if option not in (_path(setting), "policy"):
            return owner, option.partition(".")[0]
    return None


def _fits(owner: str, option: str, variant: Values, values: Sequence[Values]) -> bool:
    """Return whether a variant's policy has an option, or none has it, which then is an error."""
    from aio_sim.scenario.overrides import policy_fields

    def has(each: Values) -> bool:
        return option in policy_fields(owner, each[f"{owner}.policy"])

    return has(variant) or not any(map(has, values))


def _of_variant(problem: Problem, variant: Values) -> Problem:
    """Return a problem as whoever varies values can understand it."""
    for path in variant:
        if problem.file == f"--set {path}":
            return replace(problem, file=f"--vary {path}")
    owner, _dot, _option = problem.field.rpartition(".")
    if problem.message == _("is required") and f"{owner}.policy" in variant:
        remedy = _("{field} is required; give it with --set {field}=...")
        place = f"--vary {owner}.policy={text(variant[f'{owner}.policy'])}"
        return Problem(remedy.format(field=problem.field), place)
    return problem
