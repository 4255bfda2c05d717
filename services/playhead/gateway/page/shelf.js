// The hero and the rows: laid out from a ranking, and moved by animation when the next one comes.

import { titleOf } from "./api.js";
import { artOf, faceOf } from "./art.js";
import { el, icon } from "./dom.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const MOVE = { duration: 620, easing: "cubic-bezier(.2,.9,.25,1)" };
const GENRE_ROWS = 2;
const LEAST = 5;
const NEW_MS = 540 * 86_400_000;

const year = (title) => (title.released_at ? new Date(title.released_at).getUTCFullYear() : null);
const minutes = (title) => (title.duration_s ? `${Math.round(title.duration_s / 60)} min` : null);
export const facts = (title) => [year(title), minutes(title), (title.genres || []).join(", "), title.maturity ? `${title.maturity}+` : title.maturity === 0 ? "All ages" : null].filter(Boolean);

/** Cards that left a row are kept for when they come back: pictures need not be read again. */
const POOL = 600;

export class Shelf {
  constructor(hero, rows, acts) {
    this.hero = hero;
    this.rows = rows;
    this.acts = acts;
    this.ranking = null;
    this.items = new Map();
    this.pool = new Map();
    this.badges = new WeakMap();
    for (const kind of ["pointerover", "focusin"]) rows.addEventListener(kind, (event) => this.#arm(event.target.closest(".card")));
    rows.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Shows a ranking; returns how many cards changed their places. Titles must be known. */
  show(ranking, begun) {
    this.ranking = ranking;
    this.items = new Map(ranking.items.map((item, rank) => [item.title_id, { ...item, rank }]));
    this.begun = begun;
    const before = this.#places();
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
    this.hero.replaceChildren();
    this.rows.replaceChildren();
  }

  /** Where a title stands, as attribution wants it. */
  from(titleId, rowId) {
    const item = this.items.get(titleId);
    const rank = this.ranking?.rows.find((row) => row.row_id === rowId)?.title_ids.indexOf(titleId);
    return {
      ranking_id: this.ranking?.ranking_id, row_id: rowId, rank: rank >= 0 ? rank : item?.rank,
      artwork_id: item?.artwork_id, propensity: item?.propensity,
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
    const rows = ranking.rows.filter((row) => row.title_ids.length).map((row) => ({ ...row }));
    const order = ranking.items.map((item) => titleOf(item.title_id));
    const newest = Math.max(...order.map((title) => title.released_at || 0));
    const fresh = order.filter((title) => title.released_at > newest - NEW_MS).slice(0, 18);
    if (fresh.length >= LEAST) rows.push({ row_id: "page_new", name: "New for you", title_ids: fresh.map((title) => title.title_id) });
    const genres = new Map();
    for (const title of order) for (const genre of title.genres || []) genres.set(genre, [...(genres.get(genre) || []), title.title_id]);
    [...genres].filter(([, ids]) => ids.length >= LEAST).sort((a, b) => b[1].length - a[1].length).slice(0, GENRE_ROWS)
      .forEach(([genre, ids]) => rows.push({ row_id: `page_genre_${genre}`, name: genre, title_ids: ids.slice(0, 18) }));
    return rows;
  }

  #hero(ranking, rows) {
    const picks = rows.find((row) => row.row_id === "top_picks") || rows[0];
    const id = picks?.title_ids[0];
    if (!id) {
      this.hero.replaceChildren(el("div.empty", {}, "Nothing may be shown here yet: is there a catalogue?"));
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
      el("img.hero-art", { src: artOf(title), alt: "" }),
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
    const cards = row.title_ids.map((id, place) => {
      const card = kept.get(id) || this.#card(id, row.row_id);
      card.dataset.place = place;
      card.querySelector(".rank").textContent = row.row_id === "top_picks" ? place + 1 : "";
      card.querySelector(".begun").style.setProperty("--done", row.row_id === "continue_watching" ? this.begun(id) : 0);
      return card;
    });
    this.#place(track, cards);
    if (!track.querySelector('[tabindex="0"]')) track.querySelector(".face")?.setAttribute("tabindex", "0");
    return node;
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
    return el("li.card", { "data-title": id, "data-row": row },
      el("button.face", { tabindex: -1, "aria-label": `Play ${title.name}`, onclick: () => this.acts.play(id, row) },
        el("img", { src: artOf(title), alt: "", decoding: "async", draggable: "false" }),
        el(`span.name.${faceOf(title)}`, {}, title.name),
        el("span.rank", { "aria-hidden": "true" }), el("span.moved", { "aria-hidden": "true" }), el("span.begun", { "aria-hidden": "true" })));
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

  /** Puts nodes in this order, touching only those that are not there already: a focused one keeps its focus. */
  #place(parent, nodes) {
    const wanted = new Set(nodes);
    for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
    const focused = document.activeElement;
    nodes.forEach((node, at) => {
      if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] || null);
    });
    if (focused && focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
  }

  #places() {
    const rows = new Map();
    const cards = new Map();
    for (const row of this.rows.children) {
      const track = row.querySelector(".track");
      const { top, bottom } = row.getBoundingClientRect();
      rows.set(row, row.offsetTop);
      // Rows that nobody sees are not laid out (content-visibility), unless they are asked where their cards are.
      const seen = bottom > -200 && top < innerHeight + 200;
      const [left, right] = seen ? [track.scrollLeft - 300, track.scrollLeft + track.clientWidth + 300] : [1, 0];
      for (const card of track.children) {
        const x = seen ? card.offsetLeft : 0;
        cards.set(card, { x, place: Number(card.dataset.place), near: x > left && x < right });
      }
    }
    return { rows, cards };
  }

  /** First, last, invert, play: what moved glides from its old place, what is new fades in. */
  #animate(before) {
    // All is read before anything is written: a read after a write lays the whole page out anew.
    const after = this.#places();
    const still = calm.matches || !before.cards.size;
    let moved = 0;
    if (!still)
      for (const [row, top] of after.rows) {
        const was = before.rows.get(row);
        if (was === undefined) row.animate([{ opacity: 0 }, { opacity: 1 }], MOVE);
        else if (was !== top) row.animate([{ transform: `translateY(${was - top}px)` }, { transform: "none" }], MOVE);
      }
    if (!before.cards.size) return 0;
    for (const [card, now] of after.cards) {
      const was = before.cards.get(card);
      if (was?.place === now.place) continue;
      moved++;
      const near = now.near || was?.near;
      if (!near) continue; // nobody sees it
      const badge = card.querySelector(".moved");
      if (!was) this.#badge(badge, "new", "fresh");
      else if (was.place > now.place) this.#badge(badge, `▲ ${was.place - now.place}`, "rose");
      else this.#badge(badge, `▼ ${now.place - was.place}`, "fell");
      if (still) continue;
      const from = was ? { transform: `translateX(${was.x - now.x}px)` } : { opacity: 0, transform: "scale(.8)" };
      card.animate([from, was ? { transform: "none" } : { opacity: 1, transform: "none" }], MOVE);
    }
    return moved;
  }

  #badge(badge, text, kind) {
    badge.textContent = text;
    badge.className = `moved ${kind}`;
    this.badges.get(badge)?.cancel();
    const fading = badge.animate([{ opacity: 1 }, { opacity: 1, offset: 0.75 }, { opacity: 0 }], { duration: 3800, fill: "forwards" });
    this.badges.set(badge, fading);
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
