"""The scheduling policies that come with aio_sim; importing this registers them by name."""

from aio_sim.scheduling.policies.deadline import EarliestDeadlineFirst
from aio_sim.scheduling.policies.fair import Fair
from aio_sim.scheduling.policies.feedback import MultilevelFeedbackQueue
from aio_sim.scheduling.policies.first_come import FirstComeFirstServed
from aio_sim.scheduling.policies.list_order import CriticalPath, LongestProcessingTime
from aio_sim.scheduling.policies.lottery import Lottery
from aio_sim.scheduling.policies.priority import Priority
from aio_sim.scheduling.policies.response_ratio import HighestResponseRatioNext
from aio_sim.scheduling.policies.round_robin import ProcessorSharing, RoundRobin
from aio_sim.scheduling.policies.shortest import (
    Estimate,
    ShortestJobFirst,
    ShortestRemainingTimeFirst,
)

__all__ = [
    "CriticalPath",
    "EarliestDeadlineFirst",
    "Estimate",
    "Fair",
    "FirstComeFirstServed",
    "HighestResponseRatioNext",
    "LongestProcessingTime",
    "Lottery",
    "MultilevelFeedbackQueue",
    "Priority",
    "ProcessorSharing",
    "RoundRobin",
    "ShortestJobFirst",
    "ShortestRemainingTimeFirst",
]
