"""Order entry: a wholesaler's five transactions after TPC-C, in small.

Source: TPC Benchmark C, Standard Specification, revision 5.11, 2010: the mix of clause 5.2.3, the
transactions of clause 2, the consistency conditions of clause 3.3.2. Fewer customers and items by
default, money in whole cents, and a customer's record that knows its newest order.
"""

from aio_sim.storage.workloads.order_entry.stores import OrderEntryShape
from aio_sim.storage.workloads.order_entry.workload import OrderEntry

__all__ = ["OrderEntry", "OrderEntryShape"]
