"""The texts of stories in the languages that there are, with plural and gender: Fluent messages in ``texts/``."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

LANGUAGES = ("en", "de", "es", "fr", "pt", "ja")
ENGLISH = LANGUAGES[0]
Slot = str | int


@lru_cache(maxsize=256)
def language_of(tag: str) -> str | None:
    """The language of stories for a language as BCP 47 has it, None where there are no texts.

    >>> language_of("pt-BR"), language_of("DE"), language_of("hi"), language_of("")
    ('pt', 'de', None, None)
    """
    primary = tag.lower().replace("_", "-").split("-")[0]
    return primary if primary in LANGUAGES else None


@lru_cache(maxsize=20_000)
def worded(
    language: str,
    message: str,
    slots: tuple[tuple[str, Slot], ...],
    noun: str = "title",
    manner: str | None = None,
) -> str:
    """A message with its slots filled, about a title of the kind ``noun``, in the tone or pace ``manner``.

    >>> worded("en", "left", (("minutes", 1),)), worded("de", "left", (("minutes", 12),))
    ('One minute left.', 'Noch 12 Minuten.')
    >>> worded("de", "popular-anywhere", (), "comedy", "dark"), worded("de", "popular-anywhere", (), "drama")
    ('Eine düstere Komödie, die gerade viele wählen.', 'Ein Drama, das gerade viele wählen.')
    """
    subject_slots = subject(language, noun, manner)
    return _formatted(bundle(language), message, {**subject_slots, **dict(slots)})


@lru_cache(maxsize=2_000)
def subject(language: str, noun: str, manner: str | None) -> Mapping[str, Slot]:
    """The slots that say what a title is: ``subject``, the beginning of a sentence; ``gender``, of its noun.

    >>> subject("en", "mystery", "slow")["subject"], subject("fr", "drama", "warm")["subject"]
    ('A slow-burn mystery', 'Un drame chaleureux')
    """
    texts = bundle(language)
    word = texts.get_message(f"noun-{noun}")
    slots: dict[str, Slot] = {name: _text(texts, value, {}) for name, value in word.attributes.items()}
    slots["noun"] = _text(texts, word.value, {})
    if manner is not None:
        slots["manner"] = _formatted(texts, f"manner-{manner}", slots)
    return {**slots, "subject": _formatted(texts, "subject-plain" if manner is None else "subject", slots)}


@lru_cache(maxsize=len(LANGUAGES))
def bundle(language: str) -> Any:
    """The messages of a language."""
    texts = FluentBundle([language], use_isolating=False)
    text = files(__package__).joinpath("texts", f"{language}.ftl").read_text(encoding="utf-8")
    texts.add_resource(FluentResource(text))
    return texts


def _formatted(texts: Any, message: str, slots: Mapping[str, Slot]) -> str:
    return _text(texts, texts.get_message(message).value, slots)


def _text(texts: Any, value: Any, slots: Mapping[str, Slot]) -> str:
    text, errors = texts.format_pattern(value, slots)
    if errors:
        raise errors[0]
    return str(text)
