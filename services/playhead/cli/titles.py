"""``playhead tag`` and ``playhead titles``: what titles are about, of a file and of the live catalogue."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from playhead.cli.options import Bootstrap, Json, settings_from, stderr, stdout, taught

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playhead.catalogue.tags.micro_genres import MicroGenre
    from playhead.domain.title_tags import TitleTags
    from playhead.domain.titles import Title

NEAREST = 5
Count = Annotated[int, typer.Option(min=1, help="How many to show.")]

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Show tags of the live catalogue (playhead.tags).",
)


def tag(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Titles, JSON lines, plain or gzip.")
    ],
    *,
    evaluate: Annotated[
        bool,
        typer.Option(
            "--evaluate",
            help="Learn the first 80 % of the titles, and say how well the genres of the others are found.",
        ),
    ] = False,
    micro_genres: Annotated[
        bool, typer.Option("--micro-genres", help="Show the micro-genres instead.")
    ] = False,
    count: Count = 20,
    as_json: Json = False,
) -> None:
    """Show tags with confidences, mood and nearest titles of the titles of a file, without Kafka.

    A tag without a confidence is the producer's. For --evaluate, order the titles by age, oldest first.

    Examples:
      playhead tag titles.jsonl.gz
      playhead tag titles.jsonl.gz --micro-genres --count 50
      playhead tag titles.jsonl.gz --evaluate
    """
    titles = _read(file)
    if evaluate:
        _evaluate(titles, as_json=as_json)
        return
    tagged = _tagged(titles)
    if micro_genres:
        _show_micro_genres(tagged, titles, count, as_json=as_json)
        return
    from playhead.catalogue.tags.similar import most_similar

    names = {title.title_id: title.name for title in titles}
    for title_tags in tagged[:count]:
        if as_json:
            _print(title_tags)
        else:
            near = ", ".join(names[other.title_id] for other in most_similar(title_tags, tagged, NEAREST))
            print(f"{_text(title_tags, names[title_tags.title_id])}\n    near  {near or 'none'}")  # noqa: T201


@app.command("similar", short_help="Show the titles most like one.")
@taught
def similar(
    title_id: Annotated[str, typer.Argument(help="The title_id.")],
    count: Count = 10,
    bootstrap: Bootstrap = None,
    as_json: Json = False,
) -> None:
    """Show the titles of the live catalogue most similar to one, by the cosine of their embeddings.

    Examples:
      playhead titles similar tt0903747
      playhead titles similar tt0903747 --count 50 --json
    """
    from playhead.catalogue.tags.similar import most_similar
    from playhead.domain.errors import Unavailable
    from playhead.runtime.tagged_catalogue import read_catalogue

    titles, tags = read_catalogue(settings_from(bootstrap=bootstrap))
    title_tags = tags.get(title_id)
    if title_tags is None:
        raise Unavailable(
            f"Nothing is known of title {title_id}.",
            "See that it is on playhead.titles and that a tag worker runs.",
        )
    similar_titles = most_similar(title_tags, list(tags.values()), count)
    if as_json:
        _print(similar_titles)
        return
    print(_text(title_tags, _name(titles, title_id)))  # noqa: T201
    for other in similar_titles:
        print(f"{other.cosine:6.3f}  {other.title_id}  {_name(titles, other.title_id)}")  # noqa: T201


@app.command("micro-genres", short_help="Show the strongest micro-genres.")
@taught
def micro_genres(count: Count = 20, bootstrap: Bootstrap = None, as_json: Json = False) -> None:
    """Show the strongest combinations of tags in the live catalogue, with their members.

    Examples:
      playhead titles micro-genres
      playhead titles micro-genres --count 100 --json
    """
    from playhead.runtime.tagged_catalogue import read_catalogue

    titles, tags = read_catalogue(settings_from(bootstrap=bootstrap))
    _show_micro_genres(list(tags.values()), list(titles.values()), count, as_json=as_json)


def _read(file: Path) -> "list[Title]":
    from playhead.domain.decoding import decode_title
    from playhead.replay.recorded import Recording

    with Recording(file) as recording:
        lines = recording.lines("titles", validate=False)
        return [decode_title(line.key.encode(), line.value) for line in lines]


def _tagged(titles: "Sequence[Title]") -> "list[TitleTags]":
    from playhead.catalogue.tags.tagger import Tagger

    tagger = Tagger()
    for title in titles:
        tagger.put(title)
    tagger.learn()
    return tagger.read(list(dict.fromkeys(title.title_id for title in titles)))


def _evaluate(titles: "Sequence[Title]", *, as_json: bool) -> None:
    from playhead.lab.evaluate.tagging import evaluate_tagging

    result = evaluate_tagging(titles)
    if as_json:
        _print(result._asdict())
        return
    stdout.print(
        f"Learned from {result.learned:,} titles, {result.genres} genres scored on {result.scored:,} others:\n"
        f"  micro-F1 {result.micro_f1:.3f}   macro-AP {result.macro_ap:.3f}\n"
        f"After one word of a synopsis changed: {result.same_tags:.0%} keep all their tags,"
        f" mean cosine of the embeddings {result.cosine:.3f}."
    )


def _show_micro_genres(
    tags: "Sequence[TitleTags]", titles: "Sequence[Title]", count: int, *, as_json: bool
) -> None:
    strongest = _micro_genres(tags, titles, count)
    names = {title.title_id: title.name for title in titles}
    for genre in strongest:
        if as_json:
            _print(genre._asdict())
        else:
            some = ", ".join(names.get(member, member) for member in genre.members[:NEAREST])
            print(f"{genre.strength:6.2f}  {len(genre.members):5}  {genre.name}: {some} …")  # noqa: T201
    if not strongest:
        stderr.print("No combination of tags is shared by enough titles.")


def _micro_genres(tags: "Sequence[TitleTags]", titles: "Sequence[Title]", count: int) -> "list[MicroGenre]":
    from playhead.catalogue.tags.micro_genres import MicroGenres

    entries = {title.title_id: title for title in titles}
    genres = frozenset(genre.lower() for title in titles for genre in title.genres)
    micro_genres = MicroGenres()
    for title_tags in tags:
        entry = entries.get(title_tags.title_id)
        micro_genres.put(title_tags, entry.language if entry else None, genres)
    return micro_genres.strongest(count)


def _name(titles: "dict[str, Title]", title_id: str) -> str:
    title = titles.get(title_id)
    return title.name if title else ""


def _text(title_tags: "TitleTags", name: str) -> str:
    tags = ", ".join(tag.name if tag.given else f"{tag.name} {tag.confidence:.2f}" for tag in title_tags.tags)
    mood = f"valence {title_tags.mood.valence:+.2f}, arousal {title_tags.mood.arousal:+.2f}, tension {title_tags.mood.tension:.2f}"
    return f"{title_tags.title_id}  {name}\n    tags  {tags or 'none'}\n    mood  {mood}"


def _print(value: object) -> None:
    import msgspec

    print(msgspec.json.encode(value).decode())  # noqa: T201
