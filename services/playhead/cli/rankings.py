"""``playhead rankings``: the output topic, for eyes or for programs."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from playhead.cli.options import Bootstrap, Json, settings_from, stderr, stdout

if TYPE_CHECKING:
    from playhead.domain.rankings import Ranking
    from playhead.runtime.settings import Settings

TOP = 5
WAIT_S = 0.5


def rankings(
    profile: Annotated[str | None, typer.Option(help="Only this profile.")] = None,
    from_beginning: Annotated[
        bool,
        typer.Option("--from-beginning", help="Begin with the newest ranking of every profile there is."),
    ] = False,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many.")] = None,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Follow the rankings as they come; --json prints them as they are on the wire. Ctrl-C stops.

    Examples:
      playhead rankings
      playhead rankings --profile viewer-00042 --from-beginning
      playhead rankings --json --count 1 | jq .items[0]
    """
    import msgspec

    from playhead.domain.rankings import Ranking

    settings = settings_from(bootstrap=bootstrap)
    names = {} if as_json else _names(settings)
    decode = msgspec.json.Decoder(Ranking).decode
    shown = 0
    for key, value in _follow(settings, from_beginning=from_beginning):
        if profile is not None and key != profile.encode():
            continue
        try:
            shows = value.decode() if as_json else _line(decode(value), names)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            stderr.print(f"No ranking, left out: {error}.", markup=False)
            continue
        print(shows, flush=True)  # noqa: T201
        shown += 1
        if shown == count:
            return


def _follow(settings: "Settings", *, from_beginning: bool) -> Iterator[tuple[bytes | None, bytes]]:
    from playhead.domain.topics import RANKINGS
    from playhead.runtime.reading import BEGINNING, END, Reader

    with Reader(settings, RANKINGS, offset=BEGINNING if from_beginning else END) as reader:
        while True:
            for record in reader.read_soon(wait_s=WAIT_S):
                if record.value:  # a tombstone: the profile was forgotten
                    yield record.key, record.value


def _names(settings: "Settings") -> dict[str, str]:
    from msgspec import DecodeError

    from playhead.domain.decoding import decode_title
    from playhead.domain.errors import Rejected
    from playhead.domain.topics import TITLES
    from playhead.runtime.reading import Reader

    names = {}
    with Reader(settings, TITLES) as reader, stdout.status("Reading the catalogue"):
        for record in (each for batch in reader.to_end() for each in batch):
            try:
                title = decode_title(record.key, record.value or b"")
            except (Rejected, DecodeError):
                continue
            names[title.title_id] = title.name
    return names


def _line(ranking: "Ranking", names: Mapping[str, str]) -> str:
    at = datetime.fromtimestamp(ranking.computed_at / 1_000, UTC).strftime("%H:%M:%S.%f")[:-3]
    top = " | ".join(names.get(item.title_id, item.title_id) for item in ranking.items[:TOP])
    return f"{at}  {ranking.profile_id}  v{ranking.version}  {top}"
