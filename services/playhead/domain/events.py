"""Every event type of the wire, as frozen records.

Fields follow Snowplow Media v2, xAPI video and Segment video. Times are integer milliseconds UTC, durations
and positions are seconds. Unknown fields are ignored; unknown types are rejected (``decoding.decode_event``).
"""

from typing import Annotated

from msgspec import Meta, Struct

from playhead.domain.fields import (
    Country,
    Device,
    EventId,
    Id,
    Kind,
    Milliseconds,
    OccurredMs,
    ProfileId,
    Rank,
    Seconds,
    Share,
    SignedShare,
    TitleId,
    Words,
)


class Attribution(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was clicked or played, as it stood in the ranking that showed it."""

    ranking_id: Id | None = None
    row_id: Id | None = None
    rank: Rank | None = None
    artwork_id: Id | None = None
    propensity: Share | None = None


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", gc=False):
    """The envelope: the fields of every event."""

    event_id: EventId
    occurred_at: OccurredMs
    profile_id: ProfileId
    session_id: Annotated[Id, Meta(description="The app session.")] | None = None
    market: Country | None = None
    language: Annotated[Words, Meta(description="BCP 47")] | None = None
    device: Device | None = None
    utc_offset_min: (
        Annotated[int, Meta(ge=-900, le=900, description="Minutes ahead of UTC at the viewer's.")] | None
    ) = None
    kind: Kind | None = None
    attribution: Attribution | None = None


class TitleEvent(Event, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An event about one title."""

    title_id: TitleId


class SessionStarted(Event, frozen=True, kw_only=True, tag="session_started", gc=False):
    """The app was opened."""

    reason: Words | None = None


class SessionEnded(Event, frozen=True, kw_only=True, tag="session_ended", gc=False):
    """The app was closed, fell idle, or the viewer gave up."""

    reason: Annotated[Words, Meta(description="closed, idle, gave_up")] | None = None


class PageViewed(Event, frozen=True, kw_only=True, tag="page_viewed", gc=False):
    """The page was opened or refreshed: always answered with a fresh ranking."""

    surface: Words = "home"


class Impression(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One title of a list that was on screen."""

    title_id: TitleId
    rank: Rank | None = None
    row_id: Id | None = None
    artwork_id: Id | None = None
    visible_ms: Milliseconds | None = None
    propensity: Share | None = None


class ImpressionsShown(Event, frozen=True, kw_only=True, tag="impressions_shown", gc=False):
    """A list was on screen."""

    items: Annotated[tuple[Impression, ...], Meta(max_length=1_000)]
    ranking_id: Id | None = None
    surface: Words = "home"


class TitleClicked(TitleEvent, frozen=True, tag="title_clicked", gc=False):
    """The title's page was opened, or play was pressed."""


class TitleHovered(TitleEvent, frozen=True, kw_only=True, tag="title_hovered", gc=False):
    """The viewer lingered on a title."""

    dwell_ms: Milliseconds


class TrailerStarted(TitleEvent, frozen=True, kw_only=True, tag="trailer_started", gc=False):
    """A preview began, or went on after ``watched_s``."""

    watched_s: Seconds | None = None


class TrailerStopped(TitleEvent, frozen=True, kw_only=True, tag="trailer_stopped", gc=False):
    """A preview was left or ended."""

    watched_s: Seconds | None = None


class RowScrolled(Event, frozen=True, kw_only=True, tag="row_scrolled", gc=False):
    """A row was moved; ``velocity`` is the browsing speed in the player's own unit."""

    row_id: Id
    velocity: Annotated[float, Meta(ge=-1e9, le=1e9)] | None = None


class SearchPerformed(Event, frozen=True, kw_only=True, tag="search_performed", gc=False):
    """The viewer searched."""

    query: Words
    results: Annotated[tuple[TitleId, ...], Meta(max_length=1_000)] = ()


class PlaybackEvent(TitleEvent, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An event of a play: one play is one ``playback_id``, even if several devices report it, or one reports it twice."""

    playback_id: (
        Annotated[Id, Meta(description="One play, which several devices may report, and more than once.")]
        | None
    ) = None
    episode_id: Annotated[Id, Meta(description="What is played, where title_id is its series.")] | None = None


class PlaybackStarted(PlaybackEvent, frozen=True, kw_only=True, tag="playback_started", gc=False):
    """The first frame was shown."""

    position_s: Seconds | None = None
    duration_s: Seconds | None = None
    trigger: (
        Annotated[Words, Meta(description="choice (where not said), autoplay, preview, resume")] | None
    ) = None


class PlaybackPaused(PlaybackEvent, frozen=True, kw_only=True, tag="playback_paused", gc=False):
    """The play was paused."""

    position_s: Seconds


class PlaybackResumed(PlaybackEvent, frozen=True, kw_only=True, tag="playback_resumed", gc=False):
    """The play went on."""

    position_s: Seconds


class PlaybackSeeked(PlaybackEvent, frozen=True, kw_only=True, tag="playback_seeked", gc=False):
    """The viewer moved within the title: back (``to_s`` before ``from_s``) or ahead."""

    from_s: Seconds
    to_s: Seconds


class PlaybackProgress(PlaybackEvent, frozen=True, kw_only=True, tag="playback_progress", gc=False):
    """A heartbeat of a play: where it stands, seconds watched since the last one, or both."""

    watched_s: Annotated[Seconds, Meta(description="Seconds watched since the last heartbeat.")] | None = None
    position_s: Seconds | None = None


class PlaybackSkipped(PlaybackEvent, frozen=True, kw_only=True, tag="playback_skipped", gc=False):
    """The title was left for the next one at once."""

    position_s: Seconds | None = None
    watched_s: Seconds | None = None


class PlaybackStopped(PlaybackEvent, frozen=True, kw_only=True, tag="playback_stopped", gc=False):
    """The play was stopped; ``watched_s`` in all of this play. Its positions are believed where the two differ."""

    watched_s: Annotated[Seconds, Meta(description="Seconds watched in all of this play.")] | None = None
    duration_s: Seconds | None = None
    position_s: Seconds | None = None
    reason: Words | None = None


class PlaybackCompleted(PlaybackEvent, frozen=True, kw_only=True, tag="playback_completed", gc=False):
    """The play reached the end."""

    watched_s: Seconds | None = None
    duration_s: Seconds | None = None


class PlaybackFailed(PlaybackEvent, frozen=True, kw_only=True, tag="playback_failed", gc=False):
    """Playback broke; an exit after it is no dislike."""

    code: Words | None = None


class BufferStarted(PlaybackEvent, frozen=True, kw_only=True, tag="buffer_started", gc=False):
    """The picture froze to load."""

    code: Words | None = None


class BufferEnded(PlaybackEvent, frozen=True, kw_only=True, tag="buffer_ended", gc=False):
    """The picture moved again."""

    code: Words | None = None


class TitleRated(TitleEvent, frozen=True, kw_only=True, tag="title_rated", gc=False):
    """A rating by thumbs or stars, from 0 to 1; null takes them back. Below .25 it hides the title."""

    value: Share | None


class WatchlistAdded(TitleEvent, frozen=True, tag="watchlist_added", gc=False):
    """The title was put on the watchlist."""


class WatchlistRemoved(TitleEvent, frozen=True, tag="watchlist_removed", gc=False):
    """The title was taken off the watchlist."""


class NotInterested(TitleEvent, frozen=True, kw_only=True, tag="not_interested", gc=False):
    """The viewer asked not to see this title, or its series, genre or person (``scope``); ``undo`` takes the request back."""

    scope: Annotated[Words, Meta(description="title, series, genre, person")] = "title"
    name: (
        Annotated[Words, Meta(description="Which genre or person; the title's first where it is not said.")]
        | None
    ) = None
    undo: Annotated[bool, Meta(description="Takes the wish back.")] = False


class MoodObserved(Event, frozen=True, kw_only=True, tag="mood_observed", gc=False):
    """How the viewer feels, as a producer's own model sees it."""

    valence: SignedShare
    arousal: SignedShare
    source: (
        Annotated[Words, Meta(description="self, voice, inferred: what is less sure counts less")] | None
    ) = None


class HistoryRemoved(Event, frozen=True, kw_only=True, tag="history_removed", gc=False):
    """The history without a title, or single events, one of the two at least: as if they had not happened."""

    title_id: TitleId | None = None
    event_ids: Annotated[tuple[EventId, ...], Meta(max_length=1_000)] = ()


class ProfileErased(Event, frozen=True, tag="profile_erased", gc=False):
    """A request to erase everything of this profile, and to send a receipt."""


AnyEvent = (
    SessionStarted
    | SessionEnded
    | PageViewed
    | ImpressionsShown
    | TitleClicked
    | TitleHovered
    | TrailerStarted
    | TrailerStopped
    | RowScrolled
    | SearchPerformed
    | PlaybackStarted
    | PlaybackPaused
    | PlaybackResumed
    | PlaybackSeeked
    | PlaybackProgress
    | PlaybackSkipped
    | PlaybackStopped
    | PlaybackCompleted
    | PlaybackFailed
    | BufferStarted
    | BufferEnded
    | TitleRated
    | WatchlistAdded
    | WatchlistRemoved
    | NotInterested
    | MoodObserved
    | HistoryRemoved
    | ProfileErased
)
"""Every event of the wire; ``type`` on the wire tells which."""
