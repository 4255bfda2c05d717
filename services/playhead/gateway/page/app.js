// The live page: a profile's rows, updated after each action on them.

import * as acts from "./acts.js";
import { eraseProfile, erasureReceipt, follow, profileState, rankingPath, sendEvents, titleOf, titlesOf } from "./api.js";
import { Crowd } from "./crowd.js";
import { Trials } from "./trials.js";
import { el, median } from "./dom.js";
import { shown } from "./painted.js";
import { Panel } from "./panel.js";
import { Play, Player } from "./player.js";
import { Shelf } from "./shelf.js";
import { Why } from "./why.js";

const PERSONAS = [
  { id: "demo-ana", name: "Ana", market: "BR", language: "pt", kind: "adult", hue: 340 },
  { id: "demo-kenji", name: "Kenji", market: "JP", language: "ja", kind: "adult", hue: 200 },
  { id: "demo-sam", name: "Sam", market: "US", language: "en", kind: "teen", hue: 260 },
  { id: "demo-mia", name: "Mia", market: "DE", language: "de", kind: "kids", hue: 40 },
];
const SEEN_MS = 1_200;
const LINGER_MS = 700;
const WHY_MS = 320;
const WAIT_MS = 10_000;
const UNDO_MS = 8_000;
/** Between these shares of its length a title is in progress, as in rankings. */
const [BEGUN, OVER] = [0.03, 0.9];
const VERBS = { up: "Thumb up", down: "Thumb down" };

const $ = (id) => document.getElementById(id);
const state = { profile: null, ranking: null, times: [], wires: [], waiting: null, stop: null, begun: new Map(), seen: "", recent: [] };

const shelf = new Shelf($("hero"), $("rows"), { play, rate, hide });
const why = new Why($("why"));
const player = new Player($("player"), { toggle, rewind, skip, finish, stop, rate });
const panel = new Panel($("panel"), forget);
const trials = new Trials($("arms"), $("takes"));
const crowd = new Crowd($("tiles"), $("markets"), $("types"), (recent) => { state.recent = recent.filter((id) => !id.startsWith("demo-")).slice(-6); });

// Actions: events are sent, and the time until the ranking that includes them is on the screen is measured.

async function act(name, events, { timed = true } = {}) {
  const began = window.event?.timeStamp ?? performance.now(); // of the click or key, where it was one
  const mine = { name, began, ids: new Set(events.map((event) => event.event_id)), place: null, profile: state.profile.id };
  if (timed) state.waiting = mine;
  try {
    const answer = await sendEvents(events);
    panel.exchanged(events, answer);
    const last = answer.results?.at(-1);
    if (last?.status === "accepted") mine.place = { partition: last.partition, offset: last.offset };
    if (answer.rejected || answer.detail) say(answer.results?.find((one) => one.repair)?.repair || answer.repair || answer.detail);
  } catch (error) {
    if (state.waiting === mine) state.waiting = null;
    say(`The gateway does not answer: ${error.message}`);
  }
}

/** Whether a ranking has an act folded in: the contract of `caused_by`. */
function holds(ranking, waiting) {
  if (!waiting || ranking.profile_id !== waiting.profile) return false;
  const cause = ranking.caused_by;
  if (waiting.ids.has(cause.event_id) && cause.event_id === [...waiting.ids].at(-1)) return true;
  return Boolean(waiting.place) && cause.partition === waiting.place.partition && cause.offset >= waiting.place.offset;
}

async function show(ranking) {
  const came = performance.now();
  const ids = [...ranking.items.map((item) => item.title_id), ...ranking.rows.flatMap((row) => row.title_ids)];
  const watched = ranking.items.flatMap((item) => item.reasons.map((reason) => reason.title_id)).filter(Boolean);
  if ([...ids, ...watched].some((id) => titleOf(id).name === id)) await titlesOf([...ids, ...watched]);
  if (ranking.profile_id !== state.profile.id || (state.ranking && ranking.version < state.ranking.version)) return;
  const waiting = holds(ranking, state.waiting) ? state.waiting : null;
  if (waiting) state.waiting = null;
  state.ranking = ranking;
  const moved = shelf.show(ranking, (id) => state.begun.get(id) || 0);
  document.body.dataset.version = ranking.version;
  const at = await shown($("meter-version"), `v${ranking.version}`);
  if (moved && pointed) {
    // What was pointed at may have gone elsewhere: nothing is said of it until it is pointed at again.
    const { card, byMouse, wait } = pointed;
    clearTimeout(wait);
    pointed = null;
    why.hide();
    if (!byMouse && card.contains(document.activeElement)) point(card);
  }
  if (waiting) took(waiting.name, at - waiting.began, came - waiting.began, moved, ranking.version);
  if (ranking !== state.ranking) return;
  panel.ranking(ranking);
  remember();
  setTimeout(impress, SEEN_MS, ranking.ranking_id);
}

function took(name, ms, wire, moved, version) {
  state.times.push(ms);
  state.wires.push(wire);
  const text = `${Math.round(ms)} ms`;
  $("meter-last").textContent = `${name} → rows ${text}`;
  $("meter-median").textContent = `median ${Math.round(median(state.times))} ms`;
  Object.assign($("meter").dataset, { ms: ms.toFixed(1), wire: wire.toFixed(1), median: median(state.times).toFixed(1), acts: state.times.length, act: name, moved, version });
  panel.times(state.times, state.wires);
  say(`${name}: rows updated after ${text}, ${moved ? `${moved} cards moved` : "in the same order"}`);
}

/** What was on screen long enough is told, once a ranking: it is how models learn what was seen and left. */
function impress(rankingId) {
  if (state.ranking?.ranking_id !== rankingId || state.seen === rankingId || !state.ranking.version || $("home").hidden || document.hidden) return;
  state.seen = rankingId;
  const items = shelf.visible();
  if (items.length) act("Impressions", acts.shown(rankingId, items), { timed: false });
}

/** The watched share of a title of the history, 0 where it is not in progress. */
function begunShare(one) {
  const share = (one.position_s ?? one.watched_s) / (one.duration_s || titleOf(one.title_id).duration_s || 5_400);
  return share >= BEGUN && share < OVER && !one.skipped ? share : 0;
}

let remembering = 0;
function remember() {
  clearTimeout(remembering);
  remembering = setTimeout(async () => {
    const who = state.profile.id;
    const known = await profileState(who);
    if (who !== state.profile.id) return;
    state.begun = new Map((known?.signals.history || []).map((one) => [one.title_id, begunShare(one)]));
    if (!$("panel").hidden) {
      await titlesOf((known?.signals.history || []).map((one) => one.title_id));
      panel.profile(known);
    }
    for (const card of document.querySelectorAll(".card")) shelf.done(card, state.begun.get(card.dataset.title) || 0);
  }, 250);
}

function play(id, row) {
  why.hide();
  if (player.play) act("Stop", acts.stopped(player.play), { timed: false });
  const next = new Play(id, Math.round((state.begun.get(id) || 0) * (titleOf(id).duration_s || 0)));
  player.start(next);
  act("Play", acts.played(next, shelf.from(id, row)));
}

function toggle() {
  const now = player.play;
  if (!now) return;
  now.paused = !now.paused;
  player.draw();
  if (now.paused) act("Pause", acts.paused(now));
  else act("Resume", acts.resumed(now), { timed: false }); // asks for no other list
}

function rewind() {
  const now = player.play;
  if (!now) return;
  const from = now.position_s;
  now.position_s = Math.max(0, Math.round(from - now.duration_s * 0.1));
  player.draw();
  act("Rewind", acts.rewound(now, from));
}

function end(name, events) {
  const now = player.play;
  if (!now) return;
  player.end();
  act(name, events(now));
}

function skip() { end("Skip", acts.skipped); }
function finish() { end("Finish", acts.finished); }
function stop() { end("Stop", acts.stopped); }

function rate(id, value, row) {
  act(value ? VERBS.up : VERBS.down, acts.rated(id, value, shelf.from(id, row)));
  if (!value) offer(id, acts.unrated);
}

function hide(id, row) {
  why.hide();
  const card = document.activeElement?.closest?.(".card");
  if (card?.dataset.title === id) shelf.focus(card.nextElementSibling || card.previousElementSibling);
  act("Hide", acts.hidden(id, shelf.from(id, row)));
  offer(id, acts.unhidden);
}

/** Offers to take back what hid a title, for a while. */
let offered = null;
function offer(id, events) {
  withdraw();
  const undo = () => { withdraw(); act("Undo", events(id)); };
  $("undo").replaceChildren(el("span", {}, `Hidden: ${titleOf(id).name}`), el("button", { onclick: undo }, "Undo"));
  $("undo").hidden = false;
  offered = { undo, over: setTimeout(withdraw, UNDO_MS) };
}

function withdraw() {
  clearTimeout(offered?.over);
  offered = null;
  $("undo").hidden = true;
}

async function forget() {
  panel.receipt.textContent = "Requested …";
  const asked = await eraseProfile(state.profile.id);
  if (!asked) { panel.receipt.textContent = "The request failed."; return; }
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    const receipt = await erasureReceipt(state.profile.id);
    if (receipt?.event_id === asked.event_id) {
      panel.receipt.textContent = `Forgotten ${receipt.erased_at - receipt.requested_at} ms after the request. Receipt of event ${receipt.event_id}.`;
      panel.profile(null);
      return;
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  panel.receipt.textContent = "The receipt is late: see playhead.erasures.";
}

// Why a card is there: after a moment of pointing or focus; lingering longer is an act of its own.

let pointed = null;

function point(card) {
  if (pointed?.card === card) return;
  unpoint();
  if (!card) return;
  pointed = { card, since: performance.now(), wait: setTimeout(() => why.show(card, shelf), WHY_MS) };
}

function unpoint() {
  if (!pointed) return;
  clearTimeout(pointed.wait);
  const { card, since, byMouse } = pointed;
  const dwell = Math.round(performance.now() - since);
  pointed = null;
  why.hide();
  if (byMouse && dwell >= LINGER_MS && card.isConnected) act("Hover", acts.hovered(card.dataset.title, dwell, shelf.from(card.dataset.title, card.dataset.row)));
}

// Cards glide below a pointer that rests: only a pointer that was moved points.
let rested = "";
$("rows").addEventListener("pointerover", (event) => {
  const at = `${event.clientX} ${event.clientY}`;
  if (event.pointerType === "touch" || at === rested) return;
  const card = event.target.closest(".card");
  point(card);
  if (pointed) pointed.byMouse = true;
});
addEventListener("pointermove", (event) => { rested = `${event.clientX} ${event.clientY}`; }, { passive: true });
$("rows").addEventListener("pointerleave", unpoint);
$("rows").addEventListener("focusin", (event) => event.target.matches(":focus-visible") && point(event.target.closest(".card")));
$("rows").addEventListener("focusout", () => pointed && !pointed.byMouse && unpoint());
addEventListener("scroll", () => why.hide(), { passive: true });

// Profiles.

function avatar(profile) {
  const node = el("span.avatar", { "aria-hidden": "true" }, profile.name[0].toUpperCase());
  node.style.setProperty("--hue", profile.hue);
  return node;
}

const hueOf = (id) => [...id].reduce((hue, letter) => (hue * 31 + letter.charCodeAt(0)) % 360, 7);

function newViewer() {
  return { id: `guest-${acts.uuid7().slice(-8)}`, name: "New viewer", market: "FR", language: "fr", kind: "adult", hue: 160 };
}

function choose(profile) {
  if (state.profile) sendEvents(acts.left()).catch(() => {});
  state.stop?.();
  player.end();
  unpoint();
  withdraw();
  Object.assign(state, { profile: { utc_offset_min: -new Date().getTimezoneOffset(), ...profile }, ranking: null, waiting: null, begun: new Map(), seen: "" });
  shelf.clear();
  panel.profile(null);
  panel.receipt.textContent = "";
  acts.begin(state.profile);
  sessionStorage.setItem("playhead-profile", JSON.stringify(profile));
  $("who").replaceChildren(avatar(profile), el("span", {}, profile.name), el("small", {}, profile.market ? `${profile.market} · ${profile.kind}` : "simulated viewer"));
  document.body.dataset.profile = profile.id;
  document.body.dataset.version = "";
  state.stop = follow(rankingPath(profile), (name, ranking) => {
    if (name === "stranger") state.ranking = null;
    show(ranking);
  }, (alive) => $("dot").classList.toggle("alive", alive));
  act("Open", acts.opened());
}

function chooser(open) {
  const menu = $("who-menu");
  menu.hidden = !open;
  $("who").setAttribute("aria-expanded", open);
  if (!open) return;
  const crowdOf = state.recent.map((id) => ({ id, name: id, hue: hueOf(id) }));
  const option = (profile, more) => el("button", { role: "menuitem", "data-id": profile.id, onclick: () => { chooser(false); $("who").focus(); choose(profile); } },
    avatar(profile), el("span", {}, profile.name), el("small", {}, more));
  menu.replaceChildren(
    ...PERSONAS.map((profile) => option(profile, `${profile.market} · ${profile.kind}`)),
    option(newViewer(), "no history yet"),
    ...(crowdOf.length ? [el("p", {}, "Other viewers, just now"), ...crowdOf.map((profile) => option(profile, ""))] : []));
  menu.querySelector("button").focus();
}

$("who").addEventListener("click", () => chooser($("who-menu").hidden));
$("who-menu").addEventListener("keydown", (event) => {
  const all = [...$("who-menu").querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (event.key === "Escape") { chooser(false); $("who").focus(); }
  if (next === undefined) return;
  event.preventDefault();
  all[(next + all.length) % all.length].focus();
});
addEventListener("click", (event) => { if (!event.target.closest(".who")) chooser(false); });

// Tabs, panel, keys.

const TABS = ["home", "crowd", "trials"];

function tab(name) {
  for (const each of TABS) {
    $(each).hidden = each !== name;
    $(`tab-${each}`).setAttribute("aria-selected", each === name);
    $(`tab-${each}`).tabIndex = each === name ? 0 : -1;
  }
  why.hide();
  if (name === "crowd") crowd.open();
  else crowd.close();
  if (name === "trials") trials.open(state.ranking?.experiments);
  else trials.close();
  scrollTo(0, 0);
}
$("tab-home").addEventListener("click", () => tab("home"));
$("tab-crowd").addEventListener("click", () => tab("crowd"));
$("tab-trials").addEventListener("click", () => tab("trials"));
document.querySelector("nav").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const at = TABS.findIndex((each) => !$(each).hidden) + (event.key === "ArrowRight" ? 1 : -1);
  const other = TABS[(at + TABS.length) % TABS.length];
  tab(other);
  $(`tab-${other}`).focus();
});

$("inside").addEventListener("click", () => {
  const open = $("panel").hidden;
  $("panel").hidden = !open;
  $("inside").setAttribute("aria-expanded", open);
  document.body.classList.toggle("with-panel", open);
  if (open) {
    panel.open();
    remember();
  }
});

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input,dialog,[role=menu]")) return;
  if (event.key === "Escape") why.hide();
  if (event.key.toLowerCase() === "z") offered?.undo();
  if (!player.play) return;
  const deed = { " ": toggle, r: rewind, s: skip, f: finish }[event.key.toLowerCase()];
  if (!deed || (event.key === " " && event.target.closest("button:not(.face)"))) return;
  event.preventDefault();
  deed();
});
addEventListener("pagehide", () => { if (state.profile) sendEvents(acts.left()).catch(() => {}); });

let saying = 0;
function say(text) {
  if (!text) return;
  const toast = $("toast");
  toast.textContent = text;
  toast.classList.add("on");
  clearTimeout(saying);
  saying = setTimeout(() => toast.classList.remove("on"), 2_600);
}

setInterval(() => {
  if (state.waiting && performance.now() - state.waiting.began > WAIT_MS) {
    say(`${state.waiting.name}: no ranking after ${WAIT_MS / 1000} s. Do the workers run?`);
    state.waiting = null;
  }
}, 1_000);

// The chooser offers names of other viewers before the tab was opened once.
const peek = follow("/v1/crowd/stream", (_, picture) => {
  state.recent = picture.recent.filter((id) => !/^(demo|guest)-/.test(id)).slice(-6);
  peek();
});

let remembered = null;
try {
  remembered = JSON.parse(sessionStorage.getItem("playhead-profile"));
} catch {
  remembered = null;
}
choose(remembered || PERSONAS[0]);
