// The hero and the rows: laid out from a ranking, and moved by animation when the next one comes.

import { titleOf } from "./api.js";
import { artOf, faceOf, picture } from "./art.js";
import { el, icon } from "./dom.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const MOVE = { duration: 420, easing: "cubic-bezier(.2,.9,.25,1)" };
const BADGES_MS = 3_800;
/** So many cards of a row can be seen before it is scrolled: they come with their pictures. */
const FIRST = 7;

const year = (title) => (title.released_at ? new Date(title.released_at).getUTCFullYear() : null);
const minutes = (title) => (title.duration_s ? `${Math.round(title.duration_s / 60)} min` : null);
export const facts = (title) => [year(title), minutes(title), (title.genres || []).join(", "), title.maturity ? `${title.maturity}+` : title.maturity === 0 ? "All ages" : null].filter(Boolean);

/** Cards that left a row are kept for when they come back: pictures need not be read again. */
const POOL = 600;

/** Which of the wanted nodes may stay: the most that are in order already (a longest increasing subsequence); -1 is not there. */
function inOrder(places) {
  const ends = [];
  const before = [];
  places.forEach((place, at) => {
    if (place < 0) return;
    let low = 0;
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (places[ends[middle]] < place) low = middle + 1;
      else high = middle;
    }
    before[at] = ends[low - 1];
    ends[low] = at;
  });
  const stay = new Set();
  for (let at = ends.at(-1); at !== undefined; at = before[at]) stay.add(at);
  return stay;
}

export class Shelf {
  constructor(hero, rows, acts) {
    this.hero = hero;
    this.rows = rows;
    this.acts = acts;
    this.ranking = null;
    this.items = new Map();
    this.art = new Map();
    this.pool = new Map();
    this.badges = 0;
    this.bare = new IntersectionObserver((seen) => seen.forEach((one) => one.isIntersecting && this.#dress(one.target)), { rootMargin: "400px", scrollMargin: "400px" });
    for (const kind of ["pointerover", "focusin"]) rows.addEventListener(kind, (event) => this.#arm(event.target.closest(".card")));
    rows.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Shows a ranking; returns how many cards changed their places. Titles must be known. */
  show(ranking, begun) {
    this.ranking = ranking;
    this.items = new Map(ranking.items.map((item, rank) => [item.title_id, { ...item, rank }]));
    this.begun = begun;
    const before = this.#places();
    this.art = new Map(ranking.rows.flatMap((row) => row.title_ids.map((id, place) => [id, row.artwork_ids?.[place]])));
    const wanted = this.#layout(ranking);
    this.#hero(ranking, wanted);
    const kept = new Map([...this.rows.children].map((row) => [row.dataset.row, row]));
    const nodes = wanted.map((row) => this.#row(kept.get(row.row_id), row));
    this.#place(this.rows, nodes);
    return this.#animate(before);
  }

  clear() {
    this.ranking = null;
    this.items = new Map();
    this.art = new Map();
    this.hero.replaceChildren();
    this.rows.replaceChildren();
  }

  /** Where a title stands, as attribution wants it. */
  from(titleId, rowId) {
    const item = this.items.get(titleId);
    const rank = this.ranking?.rows.find((row) => row.row_id === rowId)?.title_ids.indexOf(titleId);
    return {
      ranking_id: this.ranking?.ranking_id, row_id: rowId, rank: rank >= 0 ? rank : item?.rank,
      artwork_id: this.art.get(titleId) ?? item?.artwork_id, propensity: item?.propensity,
    };
  }

  /** The cards that can be seen, as impressions. */
  visible() {
    const seen = new Map();
    for (const card of this.rows.querySelectorAll(".card")) {
      const box = card.getBoundingClientRect();
      if (box.bottom < 0 || box.top > innerHeight - 40 || box.right < 0 || box.left > innerWidth - 40) continue;
      const { title, row } = card.dataset;
      if (seen.has(title)) continue;
      const { rank, row_id, artwork_id, propensity } = this.from(title, row);
      seen.set(title, JSON.parse(JSON.stringify({ title_id: title, rank, row_id, artwork_id, propensity })));
    }
    return [...seen.values()];
  }

  #layout(ranking) {
    return ranking.rows.filter((row) => row.title_ids.length);
  }

  #hero(ranking, rows) {
    const picks = rows.find((row) => row.row_id === "top_picks") || rows[0];
    const id = picks?.title_ids[0];
    if (!id) {
      this.hero.replaceChildren(el("div.empty", {}, "No title may be shown here yet: is there a catalogue?"));
      return;
    }
    const over = ranking.version ? "Top of your list" : "Popular right now";
    if (this.hero.dataset.title === id && this.hero.firstChild) {
      this.hero.querySelector(".over").textContent = over;
      return;
    }
    this.hero.dataset.title = id;
    const title = titleOf(id);
    const old = this.hero.querySelector(".hero-in");
    const node = el("div.hero-in", {},
      el("img.hero-art", { src: artOf(title, this.art.get(id)), alt: "" }),
      el("div.hero-text", {},
        el("p.over", {}, over),
        el(`h1.${faceOf(title)}`, {}, title.name),
        el("p.facts", {}, ...facts(title).map((fact) => el("span", {}, String(fact)))),
        el("p.synopsis", {}, title.synopsis || ""),
        el("div.buttons", {},
          el("button.primary", { onclick: () => this.acts.play(id, picks.row_id) }, icon("play"), "Play"),
          el("button", { onclick: () => this.acts.rate(id, 1, picks.row_id), "aria-label": `Thumb up: ${title.name}` }, icon("up")),
          el("button", { onclick: () => this.acts.rate(id, 0, picks.row_id), "aria-label": `Thumb down: ${title.name}` }, icon("down")),
          el("button", { onclick: () => this.acts.hide(id, picks.row_id), "aria-label": `Hide ${title.name}` }, icon("hide")))));
    this.hero.append(node);
    if (old && !calm.matches) {
      node.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 450, easing: "ease-out" });
      setTimeout(() => old.remove(), 450);
    } else old?.remove();
  }

  #row(node, row) {
    const heading = row.row_id === "top_picks" && !this.ranking.version ? "Top picks for everybody" : row.name;
    if (!node) {
      const track = el("ul.track", { role: "list" });
      const slide = (way) => () => track.scrollBy({ left: way * track.clientWidth * 0.85, behavior: calm.matches ? "auto" : "smooth" });
      node = el("section.row", { "data-row": row.row_id }, el("h2"), track,
        el("button.slide.back", { tabindex: -1, "aria-hidden": "true", onclick: slide(-1) }, icon("left")),
        el("button.slide.on", { tabindex: -1, "aria-hidden": "true", onclick: slide(1) }, icon("right")));
    }
    node.querySelector("h2").textContent = heading;
    node.setAttribute("aria-label", heading);
    const track = node.querySelector(".track");
    const kept = new Map([...track.children].map((card) => [card.dataset.title, card]));
    const cards = row.title_ids.map((id, place) => this.#at(kept.get(id) || this.#card(id, row.row_id), place, row.row_id));
    this.#place(track, cards);
    if (!track.querySelector('[tabindex="0"]')) track.querySelector(".face")?.setAttribute("tabindex", "0");
    return node;
  }

  /** Tells a card its place; what has not changed is left alone, for each write costs a look at the whole card. */
  #at(card, place, row) {
    if (card.dataset.place !== String(place)) {
      card.dataset.place = place;
      if (row === "top_picks") this.#part(card, "rank").textContent = place + 1;
    }
    if (place < FIRST || card.firstElementChild.firstElementChild.src) this.#dress(card);
    this.done(card, this.begun(card.dataset.title));
    this.#next(card);
    return card;
  }

  /** A card's picture comes when it is near: of a hundred cards a dozen are seen. */
  #dress(card) {
    this.bare.unobserve(card);
    const image = card.firstElementChild.firstElementChild;
    const artwork = this.art.get(card.dataset.title) || "";
    if (!image.src || image.dataset.art !== artwork) picture(titleOf(card.dataset.title), image, artwork);
  }

  /** The watched share of a title in progress, on its card. */
  done(card, share) {
    if ((card.dataset.done || "0") === String(share)) return;
    card.dataset.done = share;
    card.toggleAttribute("data-begun", share > 0);
    this.#part(card, "begun").style.setProperty("--done", share);
  }

  /** Whether a card goes on with a series: it is there because an earlier episode was watched. */
  #next(card) {
    const { series_id, season, episode } = titleOf(card.dataset.title);
    const goesOn = series_id && this.items.get(card.dataset.title)?.reasons
      .some(({ code, title_id }) => code === "because_you_watched" && title_id !== card.dataset.title && titleOf(title_id).series_id === series_id);
    const text = !goesOn || card.hasAttribute("data-begun") ? "" : season && episode ? `Next: S${season} E${episode}` : "Next episode";
    if ((card.dataset.next || "") === text) return;
    card.dataset.next = text;
    this.#part(card, "next").textContent = text;
  }

  /** A part that only some cards have, made when it is needed. */
  #part(card, name) {
    const face = card.firstElementChild;
    let part = face.querySelector(`.${name}`);
    if (!part) face.append(part = el(`span.${name}`, { "aria-hidden": "true" }));
    return part;
  }

  #card(id, row) {
    const key = `${row} ${id}`;
    const card = this.pool.get(key) || this.#draw(id, row);
    this.pool.delete(key);
    this.pool.set(key, card);
    if (this.pool.size > POOL) this.pool.delete(this.pool.keys().next().value);
    return card;
  }

  #draw(id, row) {
    const title = titleOf(id);
    const card = el("li.card", { "data-title": id, "data-row": row },
      el("button.face", { tabindex: -1, "aria-label": `Play ${title.name}`, onclick: () => this.acts.play(id, row) },
        el("img", { alt: "", decoding: "async", draggable: "false" }),
        el(`span.name.${faceOf(title)}`, {}, title.name)));
    this.bare.observe(card);
    return card;
  }

  /** The buttons of a card come when it is pointed at or focused: a hundred cards would have four hundred of them. */
  #arm(card) {
    if (!card || card.querySelector(".acts")) return;
    const { title: id, row } = card.dataset;
    const act = (name, label, done) =>
      el("button.act", { tabindex: -1, title: label, "aria-label": `${label}: ${titleOf(id).name}`, onclick: done }, icon(name));
    card.append(el("div.acts", {},
      act("play", "Play", () => this.acts.play(id, row)),
      act("up", "Thumb up", () => this.acts.rate(id, 1, row)),
      act("down", "Thumb down", () => this.acts.rate(id, 0, row)),
      act("hide", "Hide", () => this.acts.hide(id, row))));
  }

  /** Puts nodes in this order, moving as few as can be: a focused one keeps its focus. */
  #place(parent, nodes) {
    const wanted = new Set(nodes);
    for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
    const places = new Map([...parent.children].map((child, at) => [child, at]));
    const stay = inOrder(nodes.map((node) => places.get(node) ?? -1));
    const focused = document.activeElement;
    for (let at = nodes.length - 1, next = null; at >= 0; next = nodes[at--]) if (!stay.has(at)) parent.insertBefore(nodes[at], next);
    if (focused && focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
  }

  #places() {
    const rows = new Map();
    const cards = new Map();
    for (const row of this.rows.children) {
      const track = row.querySelector(".track");
      const { top, bottom } = row.getBoundingClientRect();
      // Rows that nobody sees are not laid out (content-visibility), unless they are asked where their cards are.
      const seen = bottom > 0 && top < innerHeight;
      rows.set(row, { top: row.offsetTop, seen });
      const { scrollLeft: left, clientWidth: width } = seen ? track : { scrollLeft: 0, clientWidth: 0 };
      const wide = seen && track.firstElementChild ? track.firstElementChild.offsetWidth : 0;
      for (const card of track.children) {
        const x = seen ? card.offsetLeft - left : 0;
        cards.set(card, { x, place: Number(card.dataset.place), seen: seen && x > -wide && x < width, width });
      }
    }
    return { rows, cards };
  }

  /** First, last, invert, play: what moved glides from its old place, what is new fades in. Only what is seen does. */
  #animate(before) {
    if (!before.cards.size) return 0;
    // All is read before anything is written: a read after a write lays the whole page out anew.
    const after = this.#places();
    if (!calm.matches)
      for (const [row, { top, seen }] of after.rows) {
        const was = before.rows.get(row)?.top;
        if (!seen || was === top) continue;
        row.animate([was === undefined ? { opacity: 0 } : { transform: `translateY(${was - top}px)` }, {}], MOVE);
      }
    for (const badge of this.rows.querySelectorAll(".moved.on")) badge.className = "moved";
    let moved = 0;
    for (const [card, now] of after.cards) {
      const was = before.cards.get(card);
      if (was?.place === now.place) continue;
      moved++;
      if (!now.seen) continue;
      const badge = this.#part(card, "moved");
      if (!was) this.#badge(badge, "new", "fresh");
      else if (was.place > now.place) this.#badge(badge, `▲ ${was.place - now.place}`, "rose");
      else this.#badge(badge, `▼ ${now.place - was.place}`, "fell");
      if (calm.matches) continue;
      const far = was ? Math.max(-now.width, Math.min(now.width, was.x - now.x)) : 0;
      card.animate([was ? { transform: `translateX(${far}px)` } : { opacity: 0 }, {}], MOVE);
    }
    clearTimeout(this.badges);
    this.badges = setTimeout(() => this.rows.querySelectorAll(".moved.on").forEach((badge) => { badge.className = "moved"; }), BADGES_MS);
    return moved;
  }

  #badge(badge, text, kind) {
    badge.textContent = text;
    badge.className = `moved on ${kind}`;
  }

  #key(event) {
    const card = event.target.closest(".card");
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    const { title, row } = card.dataset;
    const go = {
      ArrowRight: () => card.nextElementSibling, ArrowLeft: () => card.previousElementSibling,
      ArrowDown: () => this.#beside(card, 1), ArrowUp: () => this.#beside(card, -1),
    }[event.key];
    const deed = { u: () => this.acts.rate(title, 1, row), d: () => this.acts.rate(title, 0, row), h: () => this.acts.hide(title, row) }[event.key.toLowerCase()];
    if (!go && !deed) return;
    event.preventDefault();
    if (deed) return deed();
    this.focus(go());
  }

  focus(card) {
    const face = card?.querySelector(".face");
    if (!face) return;
    for (const other of card.parentElement.querySelectorAll('.face[tabindex="0"]')) other.setAttribute("tabindex", "-1");
    face.setAttribute("tabindex", "0");
    face.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest", inline: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  }

  #beside(card, way) {
    const rows = [...this.rows.children];
    const next = rows[rows.indexOf(card.closest(".row")) + way];
    if (!next) return null;
    const x = card.getBoundingClientRect().left;
    const far = (other) => Math.abs(other.getBoundingClientRect().left - x);
    return [...next.querySelectorAll(".card")].reduce((best, other) => (!best || far(other) < far(best) ? other : best), null);
  }
}
