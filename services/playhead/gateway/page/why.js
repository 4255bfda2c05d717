// Why a title stands where it stands: all that the ranking says of it.

import { titleOf } from "./api.js";
import { el } from "./dom.js";
import { facts } from "./shelf.js";

const WORDS = {
  because_you_watched: (reason) => `Because you watched ${reason.title_id ? titleOf(reason.title_id).name : "something like it"}`,
  matches_taste: (reason) => `Matches your taste${reason.label ? `: ${reason.label}` : ""}`,
  popular_in_market: (_, ranking) => (ranking.market === "ZZ" ? "Popular now" : `Popular in ${ranking.market}`),
};
const HEADS = [["p_click", "opens it"], ["p_finish", "finishes it"], ["p_binge", "goes on after it"]];

const seconds = (s) => (s < 90 ? `${Math.round(s)} s` : `${Math.round(s / 60)} min`);
const percent = (share) => `${Math.round(share * 100)} %`;

function meter(name, share) {
  const bar = el("span.gauge", {}, el("i"));
  bar.firstChild.style.setProperty("--part", share);
  return el("li", {}, el("span", {}, name), bar, el("b", {}, percent(share)));
}

export class Why {
  constructor(node) {
    this.node = node;
  }

  show(card, shelf) {
    const { title: id, row } = card.dataset;
    const item = shelf.items.get(id);
    const title = titleOf(id);
    const ranking = shelf.ranking;
    if (!ranking) return;
    const reasons = item?.reasons || [];
    const place = item ? `no. ${item.rank + 1} of ${ranking.items.length}` : "begun, not finished";
    this.node.replaceChildren(
      el("h3", {}, title.name),
      el("p.facts", {}, ...facts(title).map((fact) => el("span", {}, String(fact)))),
      el("h4", {}, "Why it is here"),
      ...(ranking.stories?.[id] ? [el("p.story", {}, ranking.stories[id])] : []),
      el("ul.meters", {}, ...(reasons.length
        ? reasons.map((reason) => meter((WORDS[reason.code] || (() => reason.code))(reason, ranking), reason.share))
        : [el("li.none", {}, item ? "No single reason carries a tenth of its score." : "You began it.")])),
      el("h4", {}, "What the models expect"),
      el("ul.meters.cool", {}, ...HEADS.filter(([head]) => item?.[head] !== undefined).map(([head, name]) => meter(name, item[head]))),
      el("dl", {},
        ...[
          ["Place", place],
          ["Score", item ? item.score.toFixed(3) : null],
          ["Led by", reasons[0]?.code],
          ["Expected watch", item?.expected_watch_s ? seconds(item.expected_watch_s) : null],
          ["Propensity", item?.propensity],
          ["Artwork", item?.artwork_id],
          ["Row", row.startsWith("page_") ? "laid out by this page" : row],
          ["Models", Object.entries(ranking.model_versions).map(([name, version]) => `${name} ${version}`).join(" · ")],
          ...Object.entries(ranking.experiments ?? {}).map(([name, arm]) => ["Experiment", `${name}: ${arm}`]),
          ["Ranking", `v${ranking.version} · ${ranking.ranking_id.slice(0, 8)}`],
        ].filter(([, value]) => value !== null && value !== undefined && value !== "").flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))])));
    this.node.hidden = false;
    this.node.dataset.title = id;
    this.#beside(card.getBoundingClientRect());
  }

  #beside(box) {
    const { offsetWidth: width, offsetHeight: height } = this.node;
    const right = box.right + 14 + width < innerWidth;
    const left = right ? box.right + 14 : Math.max(10, box.left - width - 14);
    const top = Math.min(Math.max(70, box.top - 20), Math.max(10, innerHeight - height - 12));
    this.node.style.setProperty("left", `${left}px`);
    this.node.style.setProperty("top", `${top}px`);
  }

  hide() {
    this.node.hidden = true;
  }
}
