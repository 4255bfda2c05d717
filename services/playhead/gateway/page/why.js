// Why a title stands where it stands: all that the ranking says of it.

import { tagsOf, titleOf } from "./api.js";
import { el } from "./dom.js";
import { facts } from "./shelf.js";

const WORDS = {
  because_you_watched: (reason) => `Because you watched ${reason.title_id ? titleOf(reason.title_id).name : "something like it"}`,
  matches_taste: (reason) => `Matches your taste${reason.label ? `: ${reason.label}` : ""}`,
  popular_in_market: (_, ranking) => (ranking.market === "ZZ" ? "Popular now" : `Popular in ${ranking.market}`),
};
const HEADS = [["p_click", "opens it"], ["p_finish", "finishes it"], ["p_binge", "binges"]];

const seconds = (s) => (s < 90 ? `${Math.round(s)} s` : `${Math.round(s / 60)} min`);
const percent = (share) => `${Math.round(share * 100)} %`;

/** The mood of a title in words: where it stands well away from the middle. */
export function moodOf({ valence = 0, arousal = 0, tension = 0 }) {
  const words = [];
  if (Math.abs(valence) >= 0.25) words.push(valence > 0 ? "bright" : "dark");
  if (Math.abs(arousal) >= 0.25) words.push(arousal > 0 ? "lively" : "calm");
  if (tension >= 0.4) words.push("tense");
  return words.join(", ");
}

const DAY_MS = 86_400_000;
/** Why a title that nobody has chosen yet stands here: it was drawn. */
function drawn(item, title) {
  if (!(item?.propensity < 1)) return [];
  const days = title.added_at ? Math.floor((Date.now() - title.added_at) / DAY_MS) : null;
  const age = days === null || days > 30 ? "Hardly anybody has chosen it yet" : `New here ${days < 1 ? "today" : days < 2 ? "since yesterday" : `for ${days} days`}`;
  return [el("p.drawn", {}, `${age}: this place is reserved for such titles, and it was drawn for you with a probability of ${percent(item.propensity)}.`)];
}

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
    const { tags, mood } = tagsOf(id);
    const place = item ? `no. ${item.rank + 1} of ${ranking.items.length}` : "in progress";
    this.node.replaceChildren(
      el("h3", {}, title.name),
      el("p.facts", {}, ...facts(title).map((fact) => el("span", {}, String(fact)))),
      ...(tags.length ? [el("p.tags", {}, ...tags.slice(0, 8).map((tag) => el(tag.given ? "span.given" : "span", { title: tag.given ? "From the catalogue" : `Predicted, ${percent(tag.confidence ?? 1)}` }, tag.name)))] : []),
      el("h4", {}, "Why it is here"),
      ...(ranking.stories?.[id] ? [el("p.story", {}, ranking.stories[id])] : []),
      ...drawn(item, title),
      el("ul.meters", {}, ...(reasons.length
        ? reasons.map((reason) => meter((WORDS[reason.code] || (() => reason.code))(reason, ranking), reason.share))
        : [el("li.none", {}, item ? "No single reason makes up a tenth of its score." : "You started it.")])),
      el("h4", {}, "What the models expect"),
      el("ul.meters.cool", {}, ...HEADS.filter(([head]) => item?.[head] !== undefined).map(([head, name]) => meter(name, item[head]))),
      el("dl", {},
        ...[
          ["Place", place],
          ["Score", item ? item.score.toFixed(3) : null],
          ["Main reason", reasons[0]?.code],
          ["Expected watch", item?.expected_watch_s ? seconds(item.expected_watch_s) : null],
          ["Mood", moodOf(mood)],
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
