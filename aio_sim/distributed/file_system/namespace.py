"""The namespace: directories and files by path, and quotas of names and space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from aio_sim.distributed.file_system.block import Block
from aio_sim.distributed.file_system.errors import FileSystemError
from aio_sim.distributed.file_system.redundancy import Redundancy
from aio_sim.kernel.errors import InputError, hint
from aio_sim.kernel.messages import _


@dataclass(eq=False)
class File:
    """A file: its blocks, and the raw bytes that all pieces of it take (`space`)."""

    name: str
    parent: Directory | None
    size: int
    space: int
    code: Redundancy
    blocks: list[Block] = field(default_factory=list)
    complete: bool = False
    deleted: bool = False

    names = 1


@dataclass(eq=False)
class Directory:
    """A directory. `names` counts itself and all below, `space` the raw bytes of them."""

    name: str
    parent: Directory | None
    children: dict[str, Directory | File] = field(default_factory=dict)
    names: int = 1
    space: int = 0
    name_quota: int | None = None
    space_quota: int | None = None


Entry = Directory | File


def path_of(entry: Entry) -> str:
    """Return the path of an entry."""
    parts = []
    at: Entry | None = entry
    while at is not None and at.parent is not None:
        parts.append(at.name)
        at = at.parent
    return "/" + "/".join(reversed(parts))


def files_of(entry: Entry) -> Iterator[File]:
    """Yield all files of a tree, in the order in which they came."""
    if isinstance(entry, File):
        yield entry
        return
    for child in entry.children.values():
        yield from files_of(child)


class Namespace:
    """A tree of directories and files. Paths are absolute, as `/models/vision`.

    A directory's quotas are of names (itself included) and of raw bytes, copies and parity
    included, as those of HDFS (HdfsQuotaAdminGuide.md).
    """

    def __init__(self) -> None:
        self.root = Directory("", None)

    def find(self, path: str) -> Entry:
        """Return what is at a path; FileSystemError where nothing is."""
        entry: Entry = self.root
        for part in _parts(path):
            child = entry.children.get(part) if isinstance(entry, Directory) else None
            if child is None:
                known = entry.children if isinstance(entry, Directory) else ()
                sentence = _("{path}: there is no {part!r} in {parent}{hint}")
                raise FileSystemError(
                    sentence.format(
                        path=path, part=part, parent=path_of(entry), hint=hint(part, known)
                    )
                )
            entry = child
        return entry

    def file(self, path: str) -> File:
        """Return the file at a path; FileSystemError where there is none."""
        entry = self.find(path)
        if isinstance(entry, Directory):
            raise FileSystemError(_("{path} is a directory").format(path=path))
        return entry

    def directory(self, path: str) -> Directory:
        """Return the directory at a path; FileSystemError where there is none."""
        entry = self.find(path)
        if isinstance(entry, File):
            raise FileSystemError(_("{path} is a file").format(path=path))
        return entry

    def make_directory(self, path: str) -> Directory:
        """Make a directory and those above it; nothing happens where it is there already.

        Raises FileSystemError where a file is in the way or a quota does not allow it.
        """
        here, missing = self._deepest(path)
        if missing:
            self._allow(here, path, len(missing), 0)
        for part in missing:
            child = Directory(part, here)
            here.children[part] = child
            _add(here, 1, 0)
            here = child
        return here

    def create(self, path: str, size: int, space: int, code: Redundancy) -> File:
        """Make a file that takes so much space, and the directories above it.

        Raises FileSystemError where something is at the path or a quota does not allow it.
        """
        above, name = _split(path)
        here, missing = self._deepest(above)
        if not missing and name in here.children:
            raise FileSystemError(_("{path} is there already").format(path=path))
        self._allow(here, path, len(missing) + 1, space)
        parent = self.make_directory(above)
        file = File(name, parent, size, space, code)
        self._link(file, parent)
        return file

    def remove(self, path: str, recursive: bool = False) -> list[File]:
        """Take a file or a directory away and return the files that are gone.

        Raises FileSystemError where nothing is there, or a directory is not empty and `recursive`
        was not said.
        """
        entry = self.find(path)
        if entry is self.root:
            raise FileSystemError(_("/ cannot be removed"))
        if isinstance(entry, Directory) and entry.children and not recursive:
            raise FileSystemError(_("{path} is not empty").format(path=path))
        self.unlink(entry)
        return list(files_of(entry))

    def rename(self, path: str, to: str) -> None:
        """Move a file or a directory, into `to` where that is a directory.

        Raises FileSystemError where it is not there, something is in the way, it would move into
        itself, or a quota does not allow it.
        """
        entry, (above, name) = self.find(path), _split(to)
        parent = self.directory(above)
        there = parent.children.get(name)
        if isinstance(there, Directory) and there is not entry:
            parent, name = there, entry.name
        if name in parent.children:
            raise FileSystemError(_("{path} is there already").format(path=to))
        if any(entry is ancestor for ancestor in _upwards(parent)):
            raise FileSystemError(_("{path} cannot move into itself").format(path=path))
        old = entry.parent
        assert old is not None, "only the root has none, and all is in it"
        self.unlink(entry)
        try:
            self._allow(parent, to, entry.names, entry.space)
        except FileSystemError:
            self._link(entry, old)
            raise
        entry.name = name
        self._link(entry, parent)

    def set_quota(self, path: str, names: int | None, space: int | None) -> None:
        """Set the quotas of a directory, None for no limit; what is over them may stay.

        Raises FileSystemError where there is no such directory, InputError where one is below 1.
        """
        if any(quota is not None and quota < 1 for quota in (names, space)):
            raise InputError(_("a quota must be 1 or more"))
        directory = self.directory(path)
        directory.name_quota, directory.space_quota = names, space

    def unlink(self, entry: Entry) -> None:
        """Take an entry out of its directory."""
        assert entry.parent is not None
        del entry.parent.children[entry.name]
        _add(entry.parent, -entry.names, -entry.space)
        entry.parent = None

    def _link(self, entry: Entry, parent: Directory) -> None:
        entry.parent = parent
        parent.children[entry.name] = entry
        _add(parent, entry.names, entry.space)

    def _deepest(self, path: str) -> tuple[Directory, list[str]]:
        """Return the last directory of a path that is there, and the names that follow."""
        here, parts = self.root, _parts(path)
        for place, part in enumerate(parts):
            child = here.children.get(part)
            if child is None:
                return here, parts[place:]
            if isinstance(child, File):
                raise FileSystemError(_("{path} is a file").format(path=path_of(child)))
            here = child
        return here, []

    def _allow(self, directory: Directory, path: str, names: int, space: int) -> None:
        """Raise FileSystemError where a quota of a directory or one above does not allow more."""
        for above in _upwards(directory):
            for kind, limit, used, more in (
                (_("names"), above.name_quota, above.names, names),
                (_("bytes"), above.space_quota, above.space, space),
            ):
                if limit is not None and more and used + more > limit:
                    sentence = _(
                        "{path}: the quota of {directory} is {limit} {kind}; {used} are used, "
                        "{more} more are asked for"
                    )
                    raise FileSystemError(
                        sentence.format(
                            path=path,
                            directory=path_of(above),
                            limit=limit,
                            kind=kind,
                            used=used,
                            more=more,
                        )
                    )


def _parts(path: str) -> list[str]:
    if not path.startswith("/"):
        raise FileSystemError(
            _("expected a path that begins with /, got {path!r}").format(path=path)
        )
    parts = [part for part in path.split("/") if part]
    if any(part in (".", "..") for part in parts):
        raise FileSystemError(_("{path}: a path has no . and no ..").format(path=path))
    return parts


def _split(path: str) -> tuple[str, str]:
    parts = _parts(path)
    if not parts:
        raise FileSystemError(_("/ is there already"))
    return "/" + "/".join(parts[:-1]), parts[-1]


def _upwards(directory: Directory | None) -> Iterator[Directory]:
    while directory is not None:
        yield directory
        directory = directory.parent


def _add(directory: Directory, names: int, space: int) -> None:
    for above in _upwards(directory):
        above.names += names
        above.space += space
