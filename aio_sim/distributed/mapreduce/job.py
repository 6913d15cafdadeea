"""A job: the functions of a Python file, its parameters and its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from aio_sim.distributed.mapreduce.ordering import spread
from aio_sim.kernel.errors import InputError, PluginError, UnknownName, nearest
from aio_sim.kernel.messages import _

Function = Callable[..., Any]

_OPTIONAL: Final = ("combine", "partition", "prepare", "again")


@dataclass(frozen=True)
class Job:
    """What a job file defines.

    `map(key, value)` and `reduce(key, values)` it must have. `combine(key, values)` is a reduce
    function that maps run over their own output; it may not change keys. `partition(key,
    partitions)` says which of the reduce tasks gets a key. `prepare(sample, partitions)` returns
    the first `state` from a sample of records; `again(pairs, state)` returns the next one from the
    output, and None when that is the end: so a job goes in rounds over the same input. `state` is
    a variable of the file with the same JSON value on all nodes; `parameters`, another one, is a
    dictionary that can be set from outside.
    """

    module: ModuleType
    map: Function
    reduce: Function
    combine: Function | None
    partition: Callable[[Any, int], Any]
    prepare: Function | None
    again: Function | None

    @property
    def state(self) -> Any:
        """The state of the present round."""
        return getattr(self.module, "state", None)

    def use_state(self, value: Any) -> None:
        """Have the functions see another state."""
        vars(self.module)["state"] = value


def job_of(module: ModuleType, name: str, parameters: Mapping[str, str]) -> Job:
    """Return the job that a module defines, with its parameters set.

    Raises PluginError where `map` or `reduce` is missing or something is no function; InputError
    or UnknownName for a parameter that cannot be set so.
    """
    both = _needed(module, name, "map"), _needed(module, name, "reduce")
    combine, partition, prepare, again = (_optional(module, name, each) for each in _OPTIONAL)
    _set_parameters(module, name, parameters)
    return Job(module, *both, combine, partition or spread, prepare, again)


def _needed(module: ModuleType, name: str, function: str) -> Function:
    found = _optional(module, name, function)
    if found is None:
        near = nearest(function, [each for each in vars(module) if not each.startswith("_")])
        meant = _("; a job defines map(key, value) and reduce(key, values)")
        if near:
            meant = _("; did you mean {near!r}?").format(near=near)
        raise PluginError(
            _("job {name}: has no function {function}{hint}").format(
                name=name, function=function, hint=meant
            )
        )
    return found


def _optional(module: ModuleType, name: str, function: str) -> Function | None:
    found: Any = vars(module).get(function)
    if found is not None and not callable(found):
        raise PluginError(
            _("job {name}: {function} is no function").format(name=name, function=function)
        )
    return found  # type: ignore[no-any-return]


def _set_parameters(module: ModuleType, name: str, parameters: Mapping[str, str]) -> None:
    known = getattr(module, "parameters", {})
    for each, text in parameters.items():
        if not isinstance(known, dict) or each not in known:
            raise UnknownName(_("parameter of job {name}").format(name=name), each, known)
        known[each] = _value(each, text, known[each])


def _value(name: str, text: str, default: object) -> object:
    """Return a text as a value of the kind that the default has."""
    kinds: dict[type, type] = {int: int, float: float}
    kind = kinds.get(type(default), str)
    try:
        return kind(text)
    except ValueError:
        sentence = _("parameter {name}: expected a number such as {default}, got {text!r}")
        raise InputError(sentence.format(name=name, default=default, text=text)) from None
