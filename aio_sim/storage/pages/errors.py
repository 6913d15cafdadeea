"""What can go wrong below any engine that keeps pages."""

from __future__ import annotations

from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.messages import _


class PowerLossError(Exception):
    """The power went: nothing that was in memory is there any more.

    No AioSimError, so that nothing between the device and whoever cut the power handles it.
    """


class DamagedPageError(AioSimError):
    """A page whose checksum is wrong, and of which there is no whole copy."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(
            _("page {number} is damaged: its checksum is wrong, and there is no copy of it").format(
                number=number
            )
        )


class DiskFullError(AioSimError):
    """No page is left; what was asked has had no effect."""

    def __init__(self, pages: int) -> None:
        super().__init__(
            _("the database is full: all of its {pages} pages are taken; make it larger").format(
                pages=pages
            )
        )


class StoppedError(AioSimError):
    """The engine met an error in the middle of a change, or is closed, and takes no more."""
