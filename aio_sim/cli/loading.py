"""From the words of the command line to a scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aio_sim.cli.errors import say
from aio_sim.kernel.errors import InputError, ScenarioError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.scenario import Scenario
    from aio_sim.scenario.manifests.importing import Imported


@dataclass(frozen=True)
class Source:
    """Where a scenario comes from: its name or file, or files of other kinds."""

    scenario: str | None = None
    manifests: Sequence[str] = ()
    compose: str | None = None
    cluster: str | None = None

    def check(self) -> None:
        """Raise InputError unless there is one source."""
        given = [self.scenario is not None, bool(self.manifests), self.compose is not None]
        if sum(given) > 1:
            raise InputError(_("give one of SCENARIO, --manifest and --compose"))
        if not any(given):
            told = _("missing: a SCENARIO, or --manifest FILE, or --compose FILE; see {command}")
            raise InputError(told.format(command="aio-sim run --help"))
        if self.cluster is not None and self.scenario is not None:
            raise InputError(_("--cluster is where manifests run; a SCENARIO has its own hosts"))

    def imported(self, settings: Iterable[str]) -> Imported:
        """Return what becomes of manifests, or of a compose file."""
        from aio_sim.scenario.manifests.importing import from_compose, from_manifests

        if self.compose is not None:
            return from_compose(self.compose, self.cluster, settings)
        return from_manifests(self.manifests, self.cluster, settings)


def load(
    name: str, settings: Sequence[str], plugins: Sequence[str], on_error: str | None = None
) -> Scenario:
    """Return the scenario of that name or file, its fields changed as `settings` say.

    `on_error` is set on every workload that reads a log.
    """
    from aio_sim.cli.plugins import load_plugins
    from aio_sim.scenario import Scenario

    load_plugins(plugins)
    with other_kinds(name, _("{file} is no scenario; run it with `aio-sim run {option} {file}`")):
        return _loaded(lambda set: Scenario.load(name, set=set), settings, on_error)


@contextmanager
def other_kinds(name: str, told: str) -> Iterator[None]:
    """Raise InputError, as it is `told`, where a file is no scenario but a manifest."""
    try:
        yield
    except ScenarioError as error:
        from aio_sim.scenario.manifests.recognition import recognised

        option = recognised(name)
        if option is None:
            raise error from None
        raise InputError(told.format(file=name, option=option.value)) from None


def import_files(
    source: Source, settings: Sequence[str], plugins: Sequence[str], on_error: str | None = None
) -> Imported:
    """Return the scenario of manifests or of a compose file, as `load` does."""
    from aio_sim.cli.plugins import load_plugins

    load_plugins(plugins)
    found: list[Imported] = []

    def read(set: Iterable[str]) -> Scenario:
        found.append(source.imported(set))
        return found[-1].scenario

    _loaded(read, settings, on_error)
    return found[-1]


def say_what_came(found: Imported) -> None:
    """Say on stderr what was not taken over, and what was taken for granted."""
    for sentence in found.warnings:
        say(_("warning: {sentence}").format(sentence=sentence))
    for sentence in found.assumptions:
        say(_("note: {sentence}").format(sentence=sentence))


def _loaded(
    read: Callable[[Iterable[str]], Scenario], settings: Sequence[str], on_error: str | None
) -> Scenario:
    scenario = read(settings)
    if on_error is None:
        return scenario
    logs = [
        f"workload.{position}.on_error={on_error}"
        for position, workload in enumerate(scenario.workload)
        if workload.kind == "trace"
    ]
    return read([*settings, *logs])
