"""The command `aio-sim`: arguments in, exit code out, never a traceback."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from typing import Final

from aio_sim.cli.errors import DONE, FAILED, INTERRUPTED, apologise, explain_error, say
from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.messages import _, use_language

_OUTPUT_FAILED: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a write may meet; the error of a stream, unlike that of a file, names no file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code (see docs/reference/exit-codes.md)."""
    _tolerate_narrow_encodings()
    use_language()
    try:
        from aio_sim.cli.app import invoke

        code = invoke(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except SystemExit as leaving:  # only a policy of the user's own would leave like that
        say(_("error: a policy or plug-in called sys.exit({code!r})").format(code=leaving.code))
        return FAILED
    except AioSimError as error:
        return explain_error(error)
    except KeyboardInterrupt:
        say(_("interrupted"))
        return INTERRUPTED
    except BrokenPipeError:
        return _hang_up()
    except OSError as error:
        if error.filename is None and error.errno in _OUTPUT_FAILED:
            _abandon_output()
            reason = error.strerror
            say(_("error: the output could not be written ({reason})").format(reason=reason))
            return FAILED
        return apologise(error)
    except Exception as error:
        return apologise(error)
    return code


def _tolerate_narrow_encodings() -> None:
    """Print a question mark where a terminal's encoding has no such character, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _hang_up() -> int:
    """Leave quietly when the reader of our output has gone away, as in `aio-sim list | head -1`."""
    _abandon_output()
    return DONE


def _abandon_output() -> None:
    """Send nowhere what is left: Python flushes stdout once more at exit, and would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
