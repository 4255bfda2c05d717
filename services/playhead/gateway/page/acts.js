// What a viewer does, as events of the wire: each act is one or several of them, sent together.

let session = "";
let profile = null;

/** A UUIDv7: sorts by time, needs no secure context. */
export function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let ms = Date.now();
  for (let i = 5; i >= 0; i--, ms = Math.floor(ms / 256)) bytes[i] = ms % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function begin(who) {
  profile = who;
  session = uuid7();
}

function event(type, fields = {}) {
  const envelope = { event_id: uuid7(), type, occurred_at: Date.now(), profile_id: profile.id, session_id: session };
  for (const name of ["market", "language", "kind", "utc_offset_min"]) if (profile[name] !== undefined) envelope[name] = profile[name];
  return { ...envelope, device: "web", ...fields };
}

/** Where a title stood when it was acted on. */
function attribution(from) {
  if (!from?.ranking_id) return {};
  const { ranking_id, row_id, rank, artwork_id, propensity } = from;
  return { attribution: JSON.parse(JSON.stringify({ ranking_id, row_id, rank, artwork_id, propensity })) };
}

export const opened = () => [event("session_started"), event("page_viewed")];
export const left = () => [event("session_ended", { reason: "closed" })];

export const shown = (rankingId, items) => [event("impressions_shown", { ranking_id: rankingId, items })];

export const hovered = (id, dwell_ms, from) => [event("title_hovered", { title_id: id, dwell_ms, ...attribution(from) })];

export const played = (play, from) => [
  event("title_clicked", { title_id: play.title_id, ...attribution(from) }),
  event("playback_started", {
    title_id: play.title_id, playback_id: play.playback_id, position_s: play.position_s, duration_s: play.duration_s, ...attribution(from),
  }),
];

// Before a play is paused or taken elsewhere, what was watched until then is told: as players do.
const progress = (play, position_s = play.position_s) => event("playback_progress", { title_id: play.title_id, watched_s: play.heartbeat(), position_s });

export const paused = (play) => [progress(play), event("playback_paused", { title_id: play.title_id, position_s: play.position_s })];
export const resumed = (play) => [event("playback_resumed", { title_id: play.title_id, position_s: play.position_s })];
export const rewound = (play, from_s) => [progress(play, from_s), event("playback_seeked", { title_id: play.title_id, from_s, to_s: play.position_s })];
export const skipped = (play) => [event("playback_skipped", { title_id: play.title_id, position_s: play.position_s, watched_s: play.watched_s })];
export const stopped = (play) => [
  event("playback_stopped", { title_id: play.title_id, watched_s: play.watched_s, duration_s: play.duration_s, position_s: play.position_s }),
];
export const finished = (play) => [event("playback_completed", { title_id: play.title_id, watched_s: play.duration_s, duration_s: play.duration_s })];
export const rated = (id, value, from) => [event("title_rated", { title_id: id, value, ...attribution(from) })];
export const hidden = (id, from) => [event("not_interested", { title_id: id, scope: "title", ...attribution(from) })];
export const unhidden = (id) => [event("not_interested", { title_id: id, scope: "title", undo: true })];
export const unrated = (id) => [event("title_rated", { title_id: id, value: null })];
