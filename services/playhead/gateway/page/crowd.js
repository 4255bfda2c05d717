// The second tab: all viewers together, as the gateway sees them on the topics.

import { follow, titleOf, titlesOf } from "./api.js";
import { artOf } from "./art.js";
import { el, spark } from "./dom.js";

const KEPT = 120;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const FIGURES = [
  ["events_per_s", "events a second", (n) => n.toLocaleString("en", { maximumFractionDigits: 0 })],
  ["rankings_per_s", "rankings a second", (n) => n.toLocaleString("en", { maximumFractionDigits: 0 })],
  ["viewers", "viewers in the last ten seconds", (n) => n.toLocaleString("en")],
  ["freshness_p50_ms", "ms from an event to its ranking here, median", (n) => String(n)],
  ["freshness_p99_ms", "ms, 99th percentile", (n) => String(n)],
  ["profiles", "profiles with a ranking", (n) => n.toLocaleString("en")],
];

const names = new Intl.DisplayNames(["en"], { type: "region" });
const country = (market) => { try { return market === "ZZ" ? "Unknown" : names.of(market); } catch { return market; } };

export class Crowd {
  constructor(tiles, markets, types, recent) {
    Object.assign(this, { tiles, markets, types, recent });
    this.past = Object.fromEntries(FIGURES.map(([name]) => [name, []]));
    this.stop = null;
    this.figures = Object.fromEntries(FIGURES.map(([name, label]) => [name, el("div.tile", {}, el("b", {}, "–"), el("span", {}, label), el("div"))]));
    tiles.replaceChildren(...Object.values(this.figures));
  }

  open() {
    this.stop ??= follow("/v1/crowd/stream", (_, picture) => this.#show(picture));
  }

  close() {
    this.stop?.();
    this.stop = null;
  }

  async #show(picture) {
    for (const [name, , format] of FIGURES) {
      if (picture[name] === null || picture[name] === undefined) continue;
      const past = this.past[name];
      past.push(picture[name]);
      if (past.length > KEPT) past.shift();
      const [value, , line] = this.figures[name].children;
      value.textContent = format(picture[name]);
      line.replaceChildren(spark(past, { height: 40 }));
    }
    this.recent(picture.recent);
    const most = Math.max(1, ...Object.values(picture.types));
    this.types.replaceChildren(...Object.entries(picture.types).map(([type, count]) => {
      const bar = el("i");
      bar.style.setProperty("--part", count / most);
      return el("li", {}, el("span", {}, type.replaceAll("_", " ")), bar, el("b", {}, count.toLocaleString("en")));
    }));
    await titlesOf(Object.values(picture.markets).flat().map((one) => one.title_id));
    this.#markets(picture.markets);
  }

  #markets(markets) {
    const kept = new Map([...this.markets.children].map((node) => [node.dataset.market, node]));
    const wanted = Object.entries(markets).map(([market, list]) => {
      const node = kept.get(market) || el("section.market", { "data-market": market }, el("h3", {}, el("b", {}, market), country(market)), el("ol"));
      this.#list(node.querySelector("ol"), list);
      return node;
    });
    for (const [market, node] of kept) if (!(market in markets)) node.remove();
    wanted.forEach((node, at) => { if (this.markets.children[at] !== node) this.markets.insertBefore(node, this.markets.children[at] || null); });
  }

  #list(ol, list) {
    const kept = new Map([...ol.children].map((node) => [node.dataset.title, node]));
    const before = new Map([...ol.children].map((node) => [node, node.offsetTop]));
    const most = list[0]?.starts || 1;
    const nodes = list.slice(0, 7).map(({ title_id, starts }) => {
      const title = titleOf(title_id);
      const node = kept.get(title_id) || el("li", { "data-title": title_id }, el("img", { src: artOf(title), alt: "" }), el("span", {}, title.name), el("i"));
      node.lastChild.style.setProperty("--part", starts / most);
      return node;
    });
    ol.replaceChildren(...nodes);
    if (calm.matches) return;
    for (const node of nodes) {
      const was = before.get(node);
      if (was === undefined) node.animate([{ opacity: 0 }, { opacity: 1 }], 400);
      else if (was !== node.offsetTop) node.animate([{ transform: `translateY(${was - node.offsetTop}px)` }, { transform: "none" }], { duration: 450, easing: "ease-out" });
    }
  }
}
