"""What MapReduce says of hosts, and of the files of the file system."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_duration, format_size
from aio_sim.scenario.file_system import FileSystemSpec
from aio_sim.scenario.file_system.steps import RenameStep
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.host_failures import HostFailureSpec
from aio_sim.scenario.mapreduce import JobSpec, MapReduceSpec
from aio_sim.scenario.name_patterns import matching
from aio_sim.scenario.networked_hosts import NetworkedHosts, linked_hosts
from aio_sim.scenario.wiring import Wiring

PLACE = "mapreduce"


def check_mapreduce(
    spec: MapReduceSpec,
    files: FileSystemSpec | None,
    failures: Sequence[HostFailureSpec],
    wiring: Wiring,
    findings: Findings,
) -> None:
    """Note nodes, masters and input files that are not there, or cannot be used so."""
    if files is None:
        sentence = _("needs a `file_system`, where its input and its output are")
        findings.say(sentence, PLACE)
        return
    hosts = NetworkedHosts(wiring, findings)
    _check_nodes(spec, wiring, hosts, findings)
    _check_master(spec, failures, wiring, hosts, findings)
    for at, job in enumerate(spec.jobs):
        _check_inputs(job, at, files, findings)


def task_nodes(spec: MapReduceSpec, data_nodes: Sequence[str], wiring: Wiring) -> list[str]:
    """Return the hosts that run tasks: those named, or all data nodes."""
    return list(data_nodes) if spec.nodes is None else matching(spec.nodes, wiring.hosts)


def master_of(
    spec: MapReduceSpec, failures: Iterable[HostFailureSpec], wiring: Wiring
) -> str | None:
    """Return the host of the masters: the one named, else the last on the network that lives."""
    if spec.master is not None:
        return spec.master
    linked = linked_hosts(wiring)
    mortal = {failure.host for failure in failures}
    fit = [name for name in wiring.hosts if name in linked and name not in mortal]
    return fit[-1] if fit else None


def _check_nodes(
    spec: MapReduceSpec, wiring: Wiring, hosts: NetworkedHosts, findings: Findings
) -> None:
    hosts.check_all(spec.nodes or (), PLACE, "nodes")
    names = wiring.hosts if spec.nodes is None else matching(spec.nodes, wiring.hosts)
    most = max((wiring.hosts[name].memory for name in names), default=spec.slot_memory)
    if spec.slot_memory > most:
        sentence = _("is more than any node has: {most}").format(most=format_size(most))
        findings.say(sentence, PLACE, "slot_memory", value=spec.slot_memory)


def _check_master(
    spec: MapReduceSpec,
    failures: Sequence[HostFailureSpec],
    wiring: Wiring,
    hosts: NetworkedHosts,
    findings: Findings,
) -> None:
    master, place = master_of(spec, failures, wiring), (PLACE, "master")
    if master is None:
        sentence = _("needs a host with a network card that does not fail")
        findings.say(sentence, *(place if spec.master else (PLACE,)))
    elif master not in wiring.hosts or master not in hosts.linked:
        hosts.check(master, *place)
    elif failed := next((each for each in failures if each.host == master), None):
        sentence = _("{name} fails at {at}, and a master is assumed not to; name another host")
        told = sentence.format(name=master, at=format_duration(failed.at))
        findings.say(told, *place, value=master)


def _check_inputs(job: JobSpec, at: int, files: FileSystemSpec, findings: Findings) -> None:
    """Note files that are not in the file system, and bytes that do not stand for as many."""
    place = PLACE, "jobs", at, "inputs"
    if any(isinstance(step, RenameStep) for step in files.steps):
        return  # who knows what is called how by then
    scales = {path: file.scale for file in files.files for path in file.paths}
    first = None
    for number, each in enumerate(job.inputs):
        if each.file is not None and each.file not in scales:
            sentence = _("there is no file {name!r} in the file system{hint}")
            known = list(scales)[:1000]
            told = sentence.format(name=each.file, hint=hint(each.file, known))
            findings.say(told, *place, number, value=each.file)
            continue
        scale = job.scale if each.file is None else scales[each.file]
        first = first or scale
        if scale != first:
            sentence = _("a byte of it stands for {scale}, one of the first input for {first}")
            findings.say(sentence.format(scale=scale, first=first), *place, number)
