"""The namespace against a dictionary of paths, and its quotas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.file_system import Copies, FileSystemError
from aio_sim.distributed.file_system.namespace import Directory, Entry, Namespace, path_of
from aio_sim.kernel.errors import InputError

PATHS = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map(lambda p: "/" + "/".join(p))
STEPS = st.lists(
    st.tuples(st.sampled_from(["create", "directory", "remove", "rename"]), PATHS, PATHS)
)


class Paths:
    """A namespace as a plain dictionary: paths to None for a directory, sizes for files."""

    def __init__(self) -> None:
        self.there: dict[str, int | None] = {"": None}

    def do(self, verb: str, path: str, to: str, size: int) -> bool:
        """Return whether it is done; nothing changes where it cannot be."""
        return bool(getattr(self, verb)(path, to, size))

    def above(self, path: str) -> list[str]:
        parts = path.split("/")
        return ["/".join(parts[:length]) for length in range(1, len(parts))]

    def create(self, path: str, _to: str, size: int) -> bool:
        if path in self.there or any(self.there.get(up) is not None for up in self.above(path)):
            return False
        self.there |= dict.fromkeys(self.above(path)) | {path: size}
        return True

    def directory(self, path: str, _to: str, _size: int) -> bool:
        if any(self.there.get(up) is not None for up in [*self.above(path), path]):
            return False
        self.there |= dict.fromkeys([*self.above(path), path])
        return True

    def remove(self, path: str, _to: str, _size: int) -> bool:
        gone = [known for known in self.there if (known + "/").startswith(path + "/")]
        for known in gone:
            del self.there[known]
        return bool(gone)

    def rename(self, path: str, to: str, _size: int) -> bool:
        parent = to.rpartition("/")[0]
        if path not in self.there or self.there.get(parent, 0) is not None:
            return False
        if path != to and to in self.there and self.there[to] is None:
            to = f"{to}/{path.rpartition('/')[2]}"
        if to in self.there or (to + "/").startswith(path + "/"):
            return False
        for known in list(self.there):
            if (known + "/").startswith(path + "/"):
                self.there[to + known[len(path) :]] = self.there.pop(known)
        return True


def flattened(entry: Entry) -> dict[str, int | None]:
    """Return all paths below an entry."""
    path = path_of(entry) if entry.parent else ""
    if not isinstance(entry, Directory):
        return {path: entry.size}
    found: dict[str, int | None] = {path: None}
    for child in entry.children.values():
        found |= flattened(child)
    return found


def do(namespace: Namespace, verb: str, path: str, to: str, size: int) -> None:
    """Do a step with a namespace."""
    if verb == "create":
        namespace.create(path, size, 3 * size, Copies(3))
    elif verb == "directory":
        namespace.make_directory(path)
    elif verb == "remove":
        namespace.remove(path, recursive=True)
    else:
        namespace.rename(path, to)


@given(STEPS)
def test_any_verbs_come_to_what_a_dictionary_of_paths_says(
    steps: list[tuple[str, str, str]],
) -> None:
    namespace, paths = Namespace(), Paths()
    for size, (verb, path, to) in enumerate(steps):
        try:
            do(namespace, verb, path, to, size)
            done = True
        except FileSystemError:
            done = False
        assert done == paths.do(verb, path, to, size), (verb, path, to)
        assert flattened(namespace.root) == paths.there
        assert namespace.root.names == len(paths.there)
        assert namespace.root.space == 3 * sum(known or 0 for known in paths.there.values())


def test_a_quota_of_names_counts_the_directory_itself() -> None:
    namespace = Namespace()
    namespace.make_directory("/team")
    namespace.set_quota("/team", names=3, space=None)
    namespace.create("/team/a", 0, 0, Copies(1))
    with pytest.raises(FileSystemError, match="quota of /team is 3 names; 2 are used, 2 more"):
        namespace.create("/team/sub/b", 0, 0, Copies(1))
    assert list(namespace.directory("/team").children) == ["a"]
    namespace.create("/team/b", 0, 0, Copies(1))


def test_a_quota_of_space_counts_every_copy() -> None:
    namespace = Namespace()
    namespace.make_directory("/team")
    namespace.set_quota("/team", names=None, space=1000)
    with pytest.raises(FileSystemError, match="quota of /team is 1000 bytes"):
        namespace.create("/team/a", 400, 1200, Copies(3))
    namespace.create("/outside", 400, 1200, Copies(3))
    with pytest.raises(FileSystemError, match="1200 more"):
        namespace.rename("/outside", "/team/a")
    assert namespace.file("/outside").size == 400


def test_the_nearest_name_is_said() -> None:
    namespace = Namespace()
    namespace.create("/models/vision", 1, 1, Copies(1))
    with pytest.raises(FileSystemError, match="did you mean 'vision'"):
        namespace.file("/models/visoin")


@pytest.mark.parametrize("path", ["a", "", "/a/../b", "/."])
def test_a_path_is_absolute_and_plain(path: str) -> None:
    with pytest.raises(FileSystemError, match="path"):
        Namespace().create(path, 1, 1, Copies(1))


def test_the_rest_is_refused_with_its_reason() -> None:
    namespace = Namespace()
    namespace.create("/d/f", 1, 1, Copies(1))
    with pytest.raises(FileSystemError, match="not empty"):
        namespace.remove("/d")
    with pytest.raises(FileSystemError, match="is a directory"):
        namespace.file("/d")
    with pytest.raises(FileSystemError, match="is a file"):
        namespace.directory("/d/f")
    with pytest.raises(FileSystemError, match="into itself"):
        namespace.rename("/d", "/d/e")
    with pytest.raises(FileSystemError, match="cannot be removed"):
        namespace.remove("/", recursive=True)
    with pytest.raises(InputError, match="1 or more"):
        namespace.set_quota("/d", 0, None)
