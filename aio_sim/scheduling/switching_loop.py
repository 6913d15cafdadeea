"""The slice loop where one context switch costs another than the next."""

from __future__ import annotations

from aio_sim.scheduling.core import Core
from aio_sim.scheduling.dispatch_loop import LoopContext
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.slice_loop import SliceLoop


class SwitchingLoop(SliceLoop):
    """A slice loop that asks what each switch costs."""

    __slots__ = ("_switching",)

    def __init__(self, context: LoopContext, cores: list[int]) -> None:
        super().__init__(context, cores)
        self._switching = context.switching

    def _dispatch(self, core: Core, process: Process) -> None:
        if core.last is not process:
            self._switch_cost = self._switching.cost(core.index, process)
        super()._dispatch(core, process)
