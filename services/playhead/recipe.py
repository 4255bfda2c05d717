"""The recipe in use: the parts of Playhead and their weights. To change what Playhead does, change this file."""

from river import linear_model, optim, preprocessing

from playhead.candidates.filters import FILTERS
from playhead.candidates.sources import again, fresh, liked, on_surface, popular, seasonal, unchosen, untried
from playhead.domain import events as e
from playhead.models.river.declared import River
from playhead.page.kinds import KINDS, Page, RowKind, Screen
from playhead.personalize.recipe import Recipe
from playhead.ranking.artwork import ArtworkPolicy
from playhead.ranking.explore import Exploration
from playhead.ranking.pipeline import Pipeline
from playhead.ranking.score import Weights

MOVING: frozenset[type[e.Event]] = frozenset(
    {
        e.SessionStarted,
        e.PageViewed,
        e.TitleClicked,
        e.TitleHovered,
        e.TrailerStarted,
        e.TrailerStopped,
        e.SearchPerformed,
        e.PlaybackStarted,
        e.PlaybackPaused,
        e.PlaybackSeeked,
        e.PlaybackSkipped,
        e.PlaybackStopped,
        e.PlaybackCompleted,
        e.TitleRated,
        e.WatchlistAdded,
        e.WatchlistRemoved,
        e.NotInterested,
        e.MoodObserved,
        e.HistoryRemoved,
    }
)
"""Events after which a profile is ranked anew: acts of the viewer. Pauses, seeks and hovers say nothing about taste, but the list after them is
up to date with everything watched, shown and learned until then. Other events (heartbeats,
impressions, scrolling, playback trouble, the end of a session) are folded and count in the next ranking, as does resuming after a
pause, when nobody looks at a list; an impression must not change the very list that is being looked at."""

RIVER: tuple[River, ...] = (
    # Adds .02 AUC to binge where whole films are watched; to click, long view and finish nothing did (docs/models.md).
    River("binge", preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.AdaGrad(0.05))),
)
"""River models beside the outcome heads: each learns online and is weighted by stacking. Several models of one head are
champion and challengers; models that are not additive are queried for the ``first`` titles of a page only."""

EVERYWHERE = tuple(kind for kind in KINDS if kind not in {"more_like_this", "search_results"})
"""Kinds of rows of a page that is not about a single title."""

PAGE = Page(
    # ``probability`` is that of the next choice: titles in progress are resumed far more often than the models, which see titles and
    # not intents, predict. The top picks suit the viewer overall, while each other row is made for one reason.
    kinds={
        "search_results": RowKind(least=1, probability=0.9, ordered=True),
        # Above titles in progress, which the viewer has looked at and not resumed.
        "rescue": RowKind(probability=0.6, ordered=True),
        "continue_watching": RowKind(least=1, probability=0.5, ordered=True),
        "next_episodes": RowKind(least=1, probability=0.4, ordered=True),
        "more_like_this": RowKind(weight=4.0),
        "top_picks": RowKind(size=20, ordered=True),
        "because": RowKind(most=3),
        "tonight": RowKind(),
        "trending": RowKind(),
        "popular": RowKind(),
        "new_for_you": RowKind(),
        "my_list": RowKind(least=0, probability=0.02, ordered=True),
        "micro_genre": RowKind(most=2),
        "genre": RowKind(most=3),
        "season": RowKind(),
        "leaving_soon": RowKind(),
        "watch_again": RowKind(probability=0.002),
    },
    surfaces={
        "home": EVERYWHERE,
        "kids": EVERYWHERE,
        "title": ("more_like_this", "next_episodes", "top_picks", "because", "micro_genre", "genre"),
        "post_play": (
            "next_episodes",
            "more_like_this",
            "continue_watching",
            "top_picks",
            "my_list",
            "new_for_you",
        ),
        "search": ("search_results", "top_picks", "trending", "popular", "genre", "continue_watching"),
    },
    screens={"tv": Screen(4, 6), "mobile": Screen(4, 3), "tablet": Screen(4, 5)},
    # The visible part of a page should cover several guesses at what the viewer wants: docs/page.md.
    diversity=0.7,
)

RECIPE = Recipe(
    pipeline=Pipeline(
        # Item-to-item links to the profile's last titles are a source, too, which scoring needs anyway.
        shared=(popular, on_surface, fresh, seasonal, unchosen),
        own=(liked, untried, again),
        filters=FILTERS,
        # The first two gain .2 % of NDCG@10 in long views on short videos, and cost .5 % in clicks: watching is what counts.
        # After an episode, viewers continue the series far more often than they choose any other title.
        weights=Weights(long_view=0.15, finish=0.15, goes_on=3.0),
        rank_size=50,
        # A viewer who searches knows what they want, so search pages do not explore.
        explore=Exploration(share=0.1, slots=2, most_unsure=0.25, by_surface=(("search", 0.0),)),
        artwork=ArtworkPolicy(),
    ),
    page=PAGE,
    moving=MOVING,
    river=RIVER,
)
