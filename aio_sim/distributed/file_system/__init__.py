"""A distributed file system, HDFS in kind: a name node, blocks on data nodes, copies or stripes."""

from aio_sim.distributed.file_system.data_node import DataNode
from aio_sim.distributed.file_system.errors import BlocksLost, FileSystemError
from aio_sim.distributed.file_system.file_system import DistributedFileSystem
from aio_sim.distributed.file_system.redundancy import Copies, Redundancy, Striped
from aio_sim.distributed.file_system.settings import Settings
from aio_sim.distributed.file_system.views import BlockView, Status, Written

__all__ = [
    "BlockView",
    "BlocksLost",
    "Copies",
    "DataNode",
    "DistributedFileSystem",
    "FileSystemError",
    "Redundancy",
    "Settings",
    "Status",
    "Striped",
    "Written",
]
