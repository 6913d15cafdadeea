"""Azure LLM inference traces: one request a row, its arrival and its tokens.

`TIMESTAMP,ContextTokens,GeneratedTokens`, as in AzurePublicDataset (Patel et al., Splitwise:
Efficient Generative LLM Inference Using Phase Splitting, ISCA 2024).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from aio_sim.kernel.messages import _
from aio_sim.kernel.rejection import Cause, RejectionReason
from aio_sim.kernel.units import LARGEST
from aio_sim.scenario.readers import csv_table
from aio_sim.scenario.readers.numbers import FieldError, moment, whole
from aio_sim.scenario.readers.rows import Rows, Skips

COLUMNS: Final = ("TIMESTAMP", "ContextTokens", "GeneratedTokens")


def read(path: Path, skips: Skips, *, context_token: int, generated_token: int) -> Iterator[Rows]:
    """Yield the requests of a trace; arrivals are nanoseconds since 1970.

    Work is `context_token` and `generated_token` nanoseconds a token; a request without tokens is
    refused.

    Raises WorkloadError for what is not in the format, as `skips` has it.
    """

    def request(texts: Sequence[str]) -> dict[str, Any]:
        work = _tokens(texts[1], COLUMNS[1]) * context_token
        work += _tokens(texts[2], COLUMNS[2]) * generated_token
        if work > LARGEST:
            raise FieldError(_("too many tokens"), COLUMNS[2])
        return {
            "arrival": csv_table.field(moment, texts[0], COLUMNS[0]),
            "work": work,
            "refused": None if work else RejectionReason(Cause.NO_TOKENS, _("no tokens")),
        }

    return csv_table.read(csv_table.Table(path), COLUMNS, request, skips)


def _tokens(text: str, column: str) -> int:
    tokens = csv_table.field(whole, text, column)
    if tokens < 0:
        raise FieldError(_("expected 0 or more tokens, got {text}").format(text=text), column)
    return tokens
