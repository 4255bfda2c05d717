"""The live catalogue and its tags, read once."""

from contextlib import suppress

import msgspec

from playhead.domain.decoding import decode_title
from playhead.domain.errors import Rejected
from playhead.domain.title_tags import TitleTags
from playhead.domain.titles import Title
from playhead.domain.topics import TAGS, TITLES
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings

_decoder = msgspec.json.Decoder(TitleTags)


def read_catalogue(settings: Settings) -> tuple[dict[str, Title], dict[str, TitleTags]]:
    """All titles that are listed, and their tags, by title; what can't be read is left out.

    Raises:
        Unavailable: the topics can't be read.
    """
    titles: dict[str, Title] = {}
    tags: dict[str, TitleTags] = {}
    with Reader(settings, TITLES, TAGS) as reader:
        for batch in reader.to_end():
            for record in batch:
                title_id = (record.key or b"").decode(errors="replace")
                if record.value is None:
                    (titles if record.topic == TITLES else tags).pop(title_id, None)
                    continue
                with suppress(Rejected, msgspec.DecodeError, UnicodeDecodeError):
                    if record.topic == TITLES:
                        titles[title_id] = decode_title(record.key, record.value)
                    else:
                        tags[title_id] = _decoder.decode(record.value)
    return titles, tags
