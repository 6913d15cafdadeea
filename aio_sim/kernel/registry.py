"""A registry: names to classes of one kind, with an error that helps when a name is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from aio_sim.kernel.errors import PluginError, UnknownName
from aio_sim.kernel.messages import _

T = TypeVar("T")


class Registry(Mapping[str, type[T]], Generic[T]):
    """The classes of one kind by their public names, in the order of registration."""

    def __init__(self, kind: str, base: type[T]) -> None:
        self.kind = kind
        self._base = base
        self._classes: dict[str, type[T]] = {}

    def register(self, name: str) -> Callable[[type[T]], type[T]]:
        """Return a decorator that files a class under `name`.

        A class of the same module and name may be registered again (a notebook cell run twice).

        Raises PluginError where another class has the name, or the class is of another kind.
        """

        def file(cls: type[T]) -> type[T]:
            if not (isinstance(cls, type) and issubclass(cls, self._base)):
                raise PluginError(
                    _("{kind} {name!r} must be a class derived from {base}").format(
                        kind=self.kind, name=name, base=self._base.__name__
                    )
                )
            taken = self._classes.get(name)
            if taken and (taken.__module__, taken.__qualname__) != (
                cls.__module__,
                cls.__qualname__,
            ):
                raise PluginError(
                    _("there is already a {kind} named {name!r}").format(kind=self.kind, name=name)
                )
            self._classes[name] = cls
            return cls

        return file

    def __getitem__(self, name: str) -> type[T]:
        try:
            return self._classes[name]
        except KeyError:
            raise UnknownName(self.kind, name, self._classes) from None

    def __contains__(self, name: object) -> bool:
        return name in self._classes

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)
