"""Small scripts for a process table: one step a line, each by one process.

    fork 1            process 1 makes a copy of itself
    spawn 1 web       fork and exec in one
    exec 2 web        process 2 runs another program
    exit 2 3          process 2 ends with code 3 (0 where it is not said)
    wait 1            process 1 waits for a child; `wait 1 2` for that one, `poll 1` without waiting
    kill 1 2 TERM     process 1 sends a signal (TERM where none is said); `kill host 1` from outside
    handle 2 TERM exit 0    or `ignore`, `return`, `default`
    block 2, wake 2   process 2 waits for input or output, and gets it

The process of a step is given the core for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from aio_sim.containers.processes.answers import CallRefused, Happening, Refusal
from aio_sim.containers.processes.process import ANY_CHILD
from aio_sim.containers.processes.signals import Disposition, ExitStatus, Response, Signal
from aio_sim.containers.processes.states import BLOCKED, NEW, RUNNING, ProcessState
from aio_sim.containers.processes.table import OUTSIDE, ProcessTable
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _

HOST: Final = "host"
"""Who sends a signal from outside of the container."""

LARGEST_NUMBER: Final = 10**6

_FORMS: Final[Mapping[str, tuple[str, int, int]]] = MappingProxyType(
    {
        "fork": ("fork PID", 0, 0),
        "spawn": ("spawn PID NAME", 1, 1),
        "exec": ("exec PID NAME", 1, 1),
        "exit": ("exit PID [CODE]", 0, 1),
        "wait": ("wait PID [CHILD]", 0, 1),
        "poll": ("poll PID [CHILD]", 0, 1),
        "kill": ("kill PID|host TARGET [SIGNAL]", 1, 2),
        "handle": ("handle PID SIGNAL ignore|return|default|exit [CODE]", 2, 3),
        "block": ("block PID", 0, 0),
        "wake": ("wake PID", 0, 0),
    }
)
"""Of each verb: how it is written, and how many words may follow the PID."""

VERBS: Final = tuple(_FORMS)


class Step(NamedTuple):
    """One step of a script: a verb, the process that acts, and what follows."""

    verb: str
    actor: int
    rest: tuple[str, ...] = ()

    def __str__(self) -> str:
        actor = HOST if self.verb == "kill" and self.actor == OUTSIDE else str(self.actor)
        return " ".join((self.verb, actor, *self.rest))


class Row(NamedTuple):
    """A process as it stands after a step."""

    pid: int
    parent: int
    name: str
    state: ProcessState
    status: ExitStatus | None


class Outcome(NamedTuple):
    """What a step came to, and the processes after it, in the order of their PIDs."""

    step: Step
    happened: tuple[Happening, ...]
    refusal: Refusal | None
    rows: tuple[Row, ...]


def parse_step(text: str) -> Step:
    """Return a step; InputError or UnknownName where it is none."""
    verb, *words = text.split() or [""]
    if verb not in _FORMS:
        raise UnknownName("step", verb, _FORMS)
    form, least, most = _FORMS[verb]
    if not least < len(words) <= most + 1:
        raise InputError(_("expected {form}; got {text!r}").format(form=form, text=text))
    outside = verb == "kill" and words[0] == HOST
    step = Step(verb, OUTSIDE if outside else _number(words[0]), tuple(words[1:]))
    _check(step)
    return step


def run_script(table: ProcessTable, steps: Iterable[Step]) -> Iterator[Outcome]:
    """Run steps one after the other, and yield what each came to.

    PID 1 is given the core first. Raises InputError, naming the step, where its process cannot act.
    """
    if table.init.state is NEW:
        table.admit(table.init.pid)
    for number, step in enumerate(steps, start=1):
        try:
            happened, refusal = _run(table, step)
        except InputError as error:
            raise InputError(
                _("step {number}, {step}: {error}").format(number=number, step=step, error=error)
            ) from error
        yield Outcome(step, tuple(happened), refusal, rows(table))


def rows(table: ProcessTable) -> tuple[Row, ...]:
    """Return the processes as they stand."""
    return tuple(
        Row(each.pid, each.parent, each.name, each.state, each.status)
        for each in table.processes.values()
    )


def _run(table: ProcessTable, step: Step) -> tuple[list[Happening], Refusal | None]:
    if step.verb == "wake":
        table.wake(step.actor)
        return [], None
    if step.actor != OUTSIDE:
        _give_core(table, step.actor)
    try:
        happened = _CALLS[step.verb](table, step)
    except CallRefused as refused:
        return [], refused.refusal
    for process in table.processes.values():
        if process.state is NEW:
            table.admit(process.pid)
    return happened, None


def _give_core(table: ProcessTable, pid: int) -> None:
    """Run the process on the only core; InputError where it is not there or cannot run."""
    if table.ended:
        raise InputError(_("the container has ended"))
    process = table.process(pid)
    if process.state is RUNNING:
        return
    if process.state is BLOCKED:
        raise InputError(_("process {pid} is blocked and can do nothing").format(pid=pid))
    for other in table.processes.values():
        if other.state is RUNNING:
            table.preempt(other.pid)
    table.dispatch(pid)


def _exit(table: ProcessTable, step: Step) -> list[Happening]:
    return table.exit(step.actor, _number(step.rest[0]) if step.rest else 0)


def _wait(table: ProcessTable, step: Step) -> list[Happening]:
    child = _number(step.rest[0]) if step.rest else ANY_CHILD
    return table.wait(step.actor, child, block=step.verb == "wait")


def _kill(table: ProcessTable, step: Step) -> list[Happening]:
    target, *signal = step.rest
    return table.kill(step.actor, _number(target), Signal.named(signal[0] if signal else "TERM"))


def _handle(table: ProcessTable, step: Step) -> list[Happening]:
    signal, response, *code = step.rest
    disposition = Disposition(Response(response), _number(code[0]) if code else 0)
    return table.handle(step.actor, Signal.named(signal), disposition)


def _block(table: ProcessTable, step: Step) -> list[Happening]:
    table.block(step.actor)
    return []


_CALLS: Final[Mapping[str, Callable[[ProcessTable, Step], list[Happening]]]] = MappingProxyType(
    {
        "fork": lambda table, step: table.fork(step.actor),
        "spawn": lambda table, step: table.spawn(step.actor, step.rest[0]),
        "exec": lambda table, step: table.execute(step.actor, step.rest[0]),
        "exit": _exit,
        "wait": _wait,
        "poll": _wait,
        "kill": _kill,
        "handle": _handle,
        "block": _block,
    }
)


def _check(step: Step) -> None:
    """Read the words that follow, so that a script is refused before any of it is run."""
    if step.verb in ("exit", "wait", "poll", "kill") and step.rest:
        _number(step.rest[0])
    if step.verb == "kill" and len(step.rest) == 2:
        Signal.named(step.rest[1])
    if step.verb == "handle":
        signal, response, *code = step.rest
        Signal.named(signal)
        responses = [each.value for each in Response]
        if response not in responses:
            raise UnknownName("response to a signal", response, responses)
        if code and response != Response.EXIT:
            raise InputError(_("only an exiting handler has a code; got {step}").format(step=step))
        if code:
            _number(code[0])


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 8 and int(text) <= LARGEST_NUMBER:
        return int(text)
    raise InputError(
        _("expected a number from 0 to {most}; got {text!r}").format(
            most=LARGEST_NUMBER, text=text[:32]
        )
    )
