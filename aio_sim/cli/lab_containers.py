"""`aio-sim lab throttle`, `autoscale`, `processes`: what limits, scales and fills a container."""

from __future__ import annotations

from typing import Annotated

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, Values, show
from aio_sim.cli.options import Json


def throttle(
    quota: Annotated[
        str | None, typer.Option(metavar="TIME", help="CPU time in each period, on all cores.")
    ] = None,
    period: Annotated[str, typer.Option(metavar="TIME", help="From one quota to the next.")] = (
        "100ms"
    ),
    work: Annotated[
        str | None, typer.Option(metavar="TIME", help="CPU time that the threads share.")
    ] = None,
    threads: Annotated[
        int, typer.Option(metavar="N", min=1, help="Threads, each on a core of its own.")
    ] = 1,
    start: Annotated[
        str, typer.Option(metavar="TIME", help="When the work comes; a period begins at 0.")
    ] = "0s",
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Limit CPU time by a quota in each period: when work is done, and how long it is held back."""
    from aio_sim.cli.lab_values import duration
    from aio_sim.teaching.labs.pages.throttling import sheet
    from aio_sim.teaching.labs.throttling import draw, solve

    problem = draw(
        seed,
        quota=duration("--quota", quota),
        work=duration("--work", work),
        period=duration("--period", period) or 0,
        threads=threads,
        start=duration("--start", start) or 0,
    )
    drawn = None in (quota, work)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


def autoscale(
    replicas: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Pods that there are.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Mean of the pods that have it; 500m is .5")
    ] = None,
    target: Annotated[str | None, typer.Option(metavar="NUMBER", help="Mean wanted.")] = None,
    tolerance: Annotated[
        str, typer.Option(metavar="SHARE", help="Of the target, within which nothing changes.")
    ] = "0.1",
    minimum: Annotated[
        int, typer.Option("--min", metavar="N", min=0, help="Never fewer replicas.")
    ] = 1,
    maximum: Annotated[
        int | None, typer.Option("--max", metavar="N", min=1, help="Never more replicas.")
    ] = None,
    not_ready: Annotated[int, typer.Option(metavar="N", min=0, help="Pods not ready.")] = 0,
    missing: Annotated[
        int, typer.Option(metavar="N", min=0, help="Ready pods without the metric.")
    ] = 0,
    history: Annotated[
        Values, typer.Option(metavar="60s:8,15s:6", help="Recommended so long ago; repeatable.")
    ] = None,
    stabilization: Annotated[
        str, typer.Option(metavar="TIME", help="Window of the history for scaling down.")
    ] = "300s",
    stabilization_up: Annotated[
        str, typer.Option(metavar="TIME", help="Window of the history for scaling up.")
    ] = "0s",
    up: Annotated[
        Values, typer.Option(metavar="100%/15s,4/15s", help="Policies for up; repeatable.")
    ] = None,
    down: Annotated[
        Values, typer.Option(metavar="10%/60s", help="Policies for down; repeatable.")
    ] = None,
    changes: Annotated[
        Values, typer.Option(metavar="10s:+4", help="Added or removed so long ago; repeatable.")
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Scale replicas by the formula of the Kubernetes HorizontalPodAutoscaler.

    Without --up and --down the speed of a change is not limited; Kubernetes itself has
    --up 100%/15s,4/15s --down 100%/15s.
    """
    from aio_sim.cli.lab_container_values import ages, quantity, scaling_rules
    from aio_sim.containers.autoscaling import Autoscaler
    from aio_sim.teaching.labs.autoscaling import draw, solve
    from aio_sim.teaching.labs.pages.autoscaling import sheet

    upward = scaling_rules("--up", up, "--stabilization-up", stabilization_up, tolerance)
    downward = scaling_rules("--down", down, "--stabilization", stabilization, tolerance)
    problem = draw(
        seed,
        replicas=replicas,
        metric=quantity("--metric", metric),
        target=quantity("--target", target),
        autoscaler=Autoscaler(minimum, maximum, upward, downward),
        not_ready=not_ready,
        missing=missing,
        history=ages("--history", history),
        changes=ages("--changes", changes),
    )
    drawn = None in (replicas, metric, target)
    show(sheet(problem, solve(problem)), drawn=drawn, explain=explain, json=json)


def processes(
    steps: Annotated[
        Values,
        typer.Option(metavar="'fork 1,exit 2'", help="What processes do, in order; repeatable."),
    ] = None,
    script: Annotated[
        str | None, typer.Option(metavar="FILE", help="The steps, one a line; - is stdin.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Most processes, zombies included.")
    ] = None,
    init: Annotated[str, typer.Option(help="PID 1 is a reaper, or a program.")] = "reaper",
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Fork, exec, exit, wait and kill: the tree of a container's processes after each step.

    Steps: fork PID, spawn PID NAME, exec PID NAME, exit PID [CODE], wait PID [CHILD], poll PID
    [CHILD], kill PID|host TARGET [SIGNAL], handle PID SIGNAL ignore|return|default|exit [CODE],
    block PID, wake PID.
    """
    from aio_sim.cli.lab_container_values import script_steps
    from aio_sim.kernel.errors import UnknownName
    from aio_sim.teaching.labs.pages.processes import sheet
    from aio_sim.teaching.labs.processes import draw, solve

    if init not in ("reaper", "program"):
        raise UnknownName("kind of PID 1", init, ("reaper", "program"))
    given = script_steps(steps, script)
    problem = draw(seed, steps=given, limit=limit, reaps=init == "reaper")
    show(sheet(problem, solve(problem)), drawn=given is None, explain=explain, json=json)
