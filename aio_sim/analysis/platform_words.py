"""What a platform decided and saw, in sentences, as its notes tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from aio_sim.analysis.naming import Sentence
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.trace import SpanRow

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Trace

NOTE: Final = "platform "
"""How the names of the notes begin."""


def platform_sentences(trace: Trace) -> Iterator[Sentence]:
    """Yield the decisions of a platform, in the order in which they were made."""
    for cells in trace.spans.rows():
        span = SpanRow(*cells)
        if span.start == span.end and (text := note_in_words(trace.text(span.name))):
            yield Sentence(span.start, text)


def note_in_words(name: str) -> str:
    """Return the sentence of a platform's note, "" for the name of another span."""
    if not name.startswith(NOTE):
        return ""
    what, *words = plain(name).removeprefix(NOTE).split()
    return _WORDS[what](*words) if what in _WORDS else ""


def _bound(pod: str, node: str, feasible: str, points: str, best: str) -> str:
    told = {"pod": pod, "node": node, "feasible": feasible, "points": points, "best": best}
    if points == "-1":
        return _("{pod} goes to {node}, the only node that can take it").format(**told)
    form = _(
        "{pod} goes to {node}, the best of {feasible} nodes that can take it ({points} points)"
    )
    if best != "1":
        form = _(
            "{pod} goes to {node}, drawn of the {best} best of {feasible} nodes that can take it "
            "({points} points)"
        )
    return form.format(**told)


def _refused(pod: str, waiting: str, nodes: str, *reasons: str) -> str:
    from aio_sim.containers.platform.filters import Refusal  # not before it is needed

    counts = [
        (name, int(count)) for name, _sign, count in (each.partition("=") for each in reasons)
    ]
    counts.sort(key=lambda each: -each[1])
    told = ", ".join(f"{count} {Refusal[name]}" for name, count in counts) or _("there is none")
    form = plural(
        "{pod} waits: of {nodes} nodes none can take it: {reasons}",
        "{pod} and its like, {waiting} in all, wait: of {nodes} nodes none can take it: {reasons}",
        int(waiting),
    )
    return form.format(pod=pod, waiting=waiting, nodes=nodes, reasons=told)


def _preempts(pod: str, node: str, *victims: str) -> str:
    form = _("{victims} must leave {node} for {pod}, which is more important")
    return form.format(pod=pod, node=node, victims=", ".join(victims))


def _scaled(
    name: str, before: str, after: str, asked: str, _steady: str, ratio: str, why: str
) -> str:
    told = {"name": name, "before": before, "after": after, "asked": asked}
    told["ratio"] = f"{int(ratio) / 100:g}"
    form = _("{name}: {before} -> {after} replicas, for the metric is {ratio} times its target")
    if ratio == "-1":
        form = _("{name}: {before} -> {after} replicas")
    elif asked != after:
        form = _(
            "{name}: {before} -> {after} replicas, for the metric is {ratio} times its target; "
            "that asks for {asked}, cut by {why}"
        )
        told["why"] = _cause(why)
    return form.format(**told)


def _cause(reason: str) -> str:
    causes = {
        "stabilized": _("the stabilization window"),
        "rate_limited": _("the rate of the policies"),
        "min_replicas": _("min_replicas"),
        "max_replicas": _("max_replicas"),
    }
    return causes.get(reason, reason.replace("_", " "))


def _wanted(name: str, replicas: str) -> str:
    return _("{name}: {replicas} replicas are wanted").format(name=name, replicas=replicas)


def _updated(name: str, number: str, image: str) -> str:
    form = _("{name}: an update to revision {number}, of the image {image}, begins")
    return form.format(name=name, number=number, image=image)


def _stalled(name: str, ready: str, replicas: str, former: str) -> str:
    form = _(
        "{name} makes no progress: {ready} of {replicas} new pods are ready, and {former} old ones "
        "go on serving"
    )
    if former == "0":
        form = _("{name} makes no progress: {ready} of {replicas} pods are ready")
    return form.format(name=name, ready=ready, replicas=replicas, former=former)


def _node(name: str, state: str) -> str:
    forms = {
        "ready": _("node {name} takes pods"),
        "lost": _("node {name} was not heard of for its grace period, and is held to be lost"),
        "off": _("node {name} is switched off"),
        "cordoned": _("node {name} gets no more pods"),
    }
    return forms.get(state, "{name}").format(name=name)


def _saying(sentence: Callable[[], str]) -> Callable[[str], str]:
    """Return what says a sentence about one pod, in the language of the moment."""
    return lambda pod: sentence().format(pod=pod)


_WORDS: Final[Mapping[str, Callable[..., str]]] = {
    "bound": _bound,
    "refused": _refused,
    "preempts": _preempts,
    "scaled": _scaled,
    "wanted": _wanted,
    "updated": _updated,
    "stalled": _stalled,
    "node": _node,
    "ready": _saying(lambda: _("{pod} is ready")),
    "unready": _saying(lambda: _("{pod} is not ready any more")),
    "ended": _saying(lambda: _("the container of {pod} has ended, and is started again")),
    "terminating": _saying(lambda: _("{pod} is to end")),
    "gone": _saying(lambda: _("{pod} is gone")),
}
