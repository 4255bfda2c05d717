"""The catalogue, its tags and the models as they stand on their topics, read once."""

from contextlib import suppress

from playhead.domain.errors import Rejected
from playhead.domain.topics import MODELS, TAGS, TITLES
from playhead.models.follower_state import FollowerState
from playhead.runtime.reading import Reader
from playhead.runtime.settings import Settings
from playhead.runtime.topology import layout


def read_state(settings: Settings) -> FollowerState:
    """Reads the topics to their ends; records that can't be used are passed over, as workers do.

    Raises:
        Unavailable: the topics can't be read.
    """
    followed = FollowerState()
    followed.spread = layout(settings).shards
    for topics in ((TITLES, TAGS), (MODELS,)):
        with Reader(settings, *topics) as reader:
            for batch in reader.to_end():
                for record in batch:
                    with suppress(Rejected):
                        followed.follow(record.topic, record.key or b"", record.value)
    return followed
