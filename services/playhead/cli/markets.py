"""``playhead markets``: how markets differ, side by side."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from playhead.cli.options import Bootstrap, Json, settings_from, stderr, stdout

if TYPE_CHECKING:
    from playhead.observe.market_traits import Trait


def markets(
    bootstrap: Bootstrap = None,
    count: Annotated[int, typer.Option(min=1, help="Titles and labels of each market.")] = 5,
    as_json: Json = False,
) -> None:
    """Show how markets differ: the titles that each chooses most, and its genres and tags relative to all markets.

    Choices have a half-life of 24 days. "leans" is the weight of the prior over all markets in a market's popularity:
    1 for a new one, less with each choice of its own. "binges": a factor on the odds of a binge after
    an episode or film, beyond the effect of its titles and viewers.

    Examples:
      playhead markets
      playhead markets --count 3 --json
    """
    from playhead.observe.market_traits import market_traits
    from playhead.runtime.followed_state import read_state

    traits = market_traits(read_state(settings_from(bootstrap=bootstrap)), count)
    if as_json:
        import msgspec

        for market in traits:
            print(msgspec.json.encode(market._asdict()).decode())  # noqa: T201
        return
    table = Table(title="Markets")
    for column in ("market", "choices", "leans", "binges", "chosen most", "liked beyond others"):
        table.add_column(column, justify="right" if column in {"choices", "leans", "binges"} else "left")
    for market in traits:
        sizes = f"{market.choices:,.0f}", f"{market.leaning:.0%}", f"{market.binges:.2f} ×"
        table.add_row(market.market, *sizes, _listed(market.titles), _listed(market.labels), end_section=True)
    stdout.print(table)
    if not traits:
        stderr.print("None: nothing was chosen yet, or no learn worker has published what was.")


def _listed(traits: "tuple[Trait, ...]") -> str:
    return "\n".join(f"{trait.name} {trait.share:.1%} ({trait.lift:.1f} ×)" for trait in traits)
