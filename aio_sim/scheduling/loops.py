"""Which dispatch loop a Cpu takes."""

from __future__ import annotations

from aio_sim.scheduling.dispatch_loop import DispatchLoop, LoopContext
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.rotation_loop import RotationLoop
from aio_sim.scheduling.sharing_loop import SharingLoop
from aio_sim.scheduling.slice_loop import SliceLoop
from aio_sim.scheduling.switching_loop import SwitchingLoop


def dispatch_loop(context: LoopContext, cores: list[int]) -> DispatchLoop:
    """Return the loop that fits the policy, the switches and the kind of cores.

    Virtual cores have a clock each, so that nothing is worked out for all of them together.
    """
    mechanism, real = context.policy.mechanism, context.supply.real
    if mechanism == "sharing" and real:
        return SharingLoop(context, cores)
    if context.switching.constant is None:
        return SwitchingLoop(context, cores)
    if mechanism == "rotation" and real:
        quantum = context.policy.slice(Process(-1, 0, 1), context.moment)
        assert quantum is not None
        return RotationLoop(context, cores, quantum)
    return SliceLoop(context, cores)
