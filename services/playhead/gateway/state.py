"""The state of a running gateway, in one place."""

import asyncio
from dataclasses import dataclass, field

import msgspec
from aiohttp import web

from playhead.domain.decoding import decode_title
from playhead.domain.errors import Rejected
from playhead.domain.records import Incoming
from playhead.domain.title_tags import TitleTags
from playhead.domain.titles import Title
from playhead.domain.topics import ERASURES, RANKINGS, TAGS, TITLES
from playhead.gateway.cold_start import ColdStartRankings
from playhead.gateway.contract import Health
from playhead.gateway.intake import Intake, Produce
from playhead.gateway.live_stats import LiveStats
from playhead.gateway.lookup import Lookup
from playhead.gateway.newest import Newest
from playhead.gateway.profiles import Profiles
from playhead.gateway.rankings import NewestRankings
from playhead.gateway.room import Room
from playhead.gateway.trial_stats import TrialStats
from playhead.gateway.upstream import Upstream
from playhead.runtime.settings import Settings

RANKINGS_BYTES = 256 * 1024 * 1024
TITLES_BYTES = 128 * 1024 * 1024
TAGS_BYTES = 64 * 1024 * 1024
RECEIPTS_BYTES = 8 * 1024 * 1024
_tags = msgspec.json.Decoder(TitleTags)


@dataclass
class GatewayState:
    """What handlers share: followed topics, the intake of events, cold-start rankings, limits."""

    settings: Settings
    upstream: Upstream
    lookup: Lookup
    intake: Intake
    rankings: NewestRankings
    titles: Newest
    tags: Newest
    receipts: Newest
    profiles: Profiles
    cold_start: ColdStartRankings
    live_stats: LiveStats
    trial_stats: TrialStats
    streams: Room
    caught_up: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def health(self) -> Health:
        """Whether requests can be answered correctly, and what is missing until they can."""
        trouble = self.upstream.trouble
        if trouble is not None:
            return Health(status="unavailable", waiting_for=[f"{trouble.reason} {trouble.repair}"])
        waiting = {
            "rankings": self.caught_up.is_set(),
            "rankings for cold-start users": self.cold_start.ready.is_set(),
        }
        missing = [name for name, ready in waiting.items() if not ready]
        return Health(status="starting" if missing else "ok", waiting_for=missing)

    def take(self, record: Incoming) -> None:
        """Takes in a record of one of the followed topics."""
        if record.topic == RANKINGS:
            self.rankings.take(record)
        elif record.topic == TITLES:
            self.titles.follow(record)
        elif record.topic == TAGS:
            self.tags.follow(record)
        else:
            self.receipts.follow(record)

    async def title_tags(self, title_id: bytes) -> TitleTags | None:
        """Tags and mood of a title, without its embedding; None where it has none, or none that this version can read."""
        newest = await self.tags.find(title_id)
        try:
            return msgspec.structs.replace(_tags.decode(newest[1]), embedding=()) if newest else None
        except msgspec.DecodeError:
            return None

    async def title(self, title_id: str) -> Title | None:
        """The catalogue's entry of a title, None where it has none that can be used."""
        newest = await self.titles.find(title_id.encode())
        try:
            return decode_title(title_id.encode(), newest[1]) if newest else None
        except Rejected:
            return None

    async def maturity(self, title_id: str) -> int | None:
        """The age rating of a title, None where it has none."""
        title = await self.title(title_id)
        return title.maturity if title else None


STATE = web.AppKey("state", GatewayState)


def make_state(settings: Settings, produce: Produce) -> GatewayState:
    """Makes the state, for an outbox's ``produce``."""
    lookup = Lookup(settings)
    rankings = NewestRankings(Newest(RANKINGS, lookup, RANKINGS_BYTES))
    return GatewayState(
        settings=settings,
        upstream=Upstream(settings),
        lookup=lookup,
        intake=Intake(produce),
        rankings=rankings,
        titles=Newest(TITLES, lookup, TITLES_BYTES),
        tags=Newest(TAGS, lookup, TAGS_BYTES),
        receipts=Newest(ERASURES, lookup, RECEIPTS_BYTES),
        profiles=Profiles(settings, lookup),
        cold_start=ColdStartRankings(settings),
        live_stats=LiveStats(settings, rankings),
        trial_stats=TrialStats(settings),
        streams=Room(settings.gateway_streams, settings.gateway_streams_per_peer),
    )
