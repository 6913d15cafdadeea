"""What a scenario says of a distributed file system: its nodes, files, and what is done."""

from aio_sim.scenario.file_system.files import FileSpec
from aio_sim.scenario.file_system.spec import FileSystemSpec
from aio_sim.scenario.file_system.steps import FileSystemStep

__all__ = ["FileSpec", "FileSystemSpec", "FileSystemStep"]
