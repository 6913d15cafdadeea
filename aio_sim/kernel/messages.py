"""The one message catalogue: every sentence that a person reads passes through `_`."""

from __future__ import annotations

import os
from gettext import GNUTranslations, NullTranslations, translation
from pathlib import Path

LOCALES = Path(__file__).parent.parent / "locales"

_catalogue: NullTranslations | GNUTranslations = NullTranslations()


def use_language(language: str | None = None) -> None:
    """Speak `language` from now on (AIO_SIM_LANG where None); English where it is not there."""
    global _catalogue
    chosen = language or os.environ.get("AIO_SIM_LANG", "en")
    _catalogue = translation("aio_sim", LOCALES, languages=[chosen], fallback=True)


def _(sentence: str) -> str:
    """Return the sentence in the language in use; call it when speaking, never at import."""
    return _catalogue.gettext(sentence)


def plural(one: str, many: str, count: int) -> str:
    """Return the form of a sentence that goes with `count`."""
    return _catalogue.ngettext(one, many, count)
