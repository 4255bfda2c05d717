// The side panel: what went over the wire, and what is remembered of this profile.

import { titleOf } from "./api.js";
import { el, median, spark } from "./dom.js";

const SENT = 12;

function json(value) {
  return el("pre", { tabindex: 0 }, JSON.stringify(value, null, 1));
}

function words(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (Array.isArray(value)) return value.length ? null : "none";
  if (typeof value === "object") return null;
  return String(value);
}

/** A signal's value as nested lists; ids of titles become their names. */
function tree(name, value) {
  const short = words(value);
  if (short !== null) return el("div.leaf", {}, el("span", {}, name), el("b", {}, name === "title_id" ? titleOf(short).name : short));
  const entries = Array.isArray(value) ? value.map((one, at) => [at, one]) : Object.entries(value);
  if (!Array.isArray(value) && entries.length === 1 && entries[0][0] === "bytes") return el("div.leaf", {}, el("span", {}, name), el("b", {}, `${entries[0][1] / 4} remembered`));
  const node = el("details", {}, el("summary", {}, el("span", {}, summary(name, value)), el("em", {}, Array.isArray(value) ? String(value.length) : "")));
  node.addEventListener("toggle", () => {
    if (node.open && node.children.length === 1) node.append(...entries.slice(0, 40).map(([key, one]) => tree(String(key), one)));
  });
  return node;
}

function summary(name, value) {
  if (value && value.title_id) return titleOf(value.title_id).name;
  if (Array.isArray(value) && typeof value[0] === "string") return titleOf(value[0]).name;
  return name;
}

export class Panel {
  constructor(node, forget) {
    this.node = node;
    this.sent = [];
    this.freshness = el("div.figure");
    this.events = el("div");
    this.record = el("div");
    this.state = el("div");
    this.erase = el("button.danger", { onclick: forget }, "Forget this profile");
    this.receipt = el("p.receipt", { role: "status" });
    node.append(
      el("h2", {}, "From action to updated rows"), this.freshness,
      el("h2", {}, "Stored profile, by signal"), this.state,
      el("h2", {}, "Events sent"), this.events,
      el("h2", {}, "Newest ranking"), this.record,
      el("h2", {}, "The right to be forgotten"), this.erase, this.receipt);
    Object.assign(this, { all: [], wires: [], newest: null });
    this.open();
  }

  /** Draws all that came while nobody looked. */
  open() {
    this.times(this.all, this.wires);
    this.#render();
    if (this.newest) this.ranking(this.newest);
  }

  times(all, wires) {
    Object.assign(this, { all, wires });
    if (this.node.hidden && all.length) return;
    const last = all.slice(-60);
    this.freshness.replaceChildren(
      spark(last, { width: 320, height: 64, floor: 50 }),
      el("p", {}, all.length ? `${all.length} actions · median ${Math.round(median(all))} ms, ${Math.round(median(wires))} of them until the ranking arrived · slowest ${Math.round(Math.max(...all))} ms` : "Act on a title: the time until the updated rows are on the screen is measured."));
  }

  exchanged(events, answer) {
    for (const [index, event] of events.entries()) {
      const result = answer.results?.find((one) => one.index === index);
      this.sent.unshift({ event, place: result?.status === "accepted" ? `partition ${result.partition}, offset ${result.offset}` : result?.reason || answer.detail });
    }
    this.sent.length = Math.min(this.sent.length, SENT);
    if (!this.node.hidden) this.#render();
  }

  #render() {
    this.events.replaceChildren(...this.sent.map(({ event, place }, at) =>
      el("details", { open: at === 0 }, el("summary", {}, el("span", {}, event.type), el("em", {}, place || "")), json(event))));
  }

  ranking(ranking) {
    this.newest = ranking;
    if (this.node.hidden) return;
    const { items, rows, ...head } = ranking;
    const node = (name, value, open) => el("details", { open }, el("summary", {}, el("span", {}, name), el("em", {}, Array.isArray(value) ? String(value.length) : "")), json(value));
    this.record.replaceChildren(node("head", head, true), node("items", items, false), node("rows", rows, false));
  }

  profile(state) {
    const open = new Set([...this.state.querySelectorAll(":scope > details[open]")].map((one) => one.dataset.name));
    if (!state) {
      this.state.replaceChildren(el("p.none", {}, "Nothing yet: a new viewer."));
      return;
    }
    this.state.replaceChildren(
      el("p.none", {}, `${state.version} events folded in, the newest ${state.caused_by.slice(0, 18)}…`),
      ...Object.entries(state.signals).map(([name, value]) => {
        const node = tree(name, value);
        node.dataset.name = name;
        if (open.has(name)) node.open = true;
        return node;
      }));
  }
}
