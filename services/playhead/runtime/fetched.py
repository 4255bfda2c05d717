"""What a partition worker gets of the consumer: a range of offsets that was read, with the records in it."""

from typing import NamedTuple

from faust.types import TP

from playhead.domain.records import Incoming


class Fetched(NamedTuple):
    """The readable records of a partition from offset ``begin`` up to before ``end``.

    Not every offset has a record for us: the end of a transaction takes one, and records of an aborted transaction
    are left out. So ``records`` may have holes anywhere, and may be empty.
    """

    tp: TP
    begin: int
    end: int
    records: list[Incoming]
