// The operator's tab: results of experiments, estimates of policies, and take fractions of pictures.

import { follow, titleOf, titlesOf } from "./api.js";
import { artOf } from "./art.js";
import { el, svg } from "./dom.js";

const METRICS = ["click", "start", "finish", "watch_minutes", "session_minutes", "gave_up"];
const KEPT = 240;
const percent = (share) => `${share > 0 ? "+" : ""}${(100 * share).toFixed(1)} %`;

const perTitle = (gain) => `${gain > 0 ? "+" : ""}${gain.toFixed(4)}`;

/** An interval on a line, with control in the middle. */
function whisker({ low, lift, high }, reach, shown = percent) {
  const x = (value) => 100 + 96 * Math.max(-1, Math.min(1, value / reach));
  const sure = low > 0 ? "better" : high < 0 ? "worse" : "open";
  return svg("svg", { viewBox: "0 0 200 18", class: `whisker ${sure}`, role: "img", "aria-label": `${shown(lift)}, from ${shown(low)} to ${shown(high)}` },
    svg("line", { x1: 100, x2: 100, y1: 1, y2: 17, class: "zero" }),
    svg("line", { x1: x(low), x2: x(high), y1: 9, y2: 9, class: "span" }),
    svg("circle", { cx: x(lift), cy: 9, r: 4 }));
}

/** A confidence sequence as it went since the tab was opened: the band between its bounds, and its middle. */
function sequence(past, reach) {
  const x = (at) => (200 * at) / Math.max(past.length - 1, 1);
  const y = (value) => 30 - 28 * Math.max(-1, Math.min(1, value / reach));
  const line = (name) => past.map((one, at) => `${x(at).toFixed(1)},${y(one[name]).toFixed(1)}`);
  return svg("svg", { viewBox: "0 0 200 60", class: "sequence", "aria-hidden": "true", preserveAspectRatio: "none" },
    svg("polygon", { points: [...line("low"), ...line("high").reverse()].join(" ") }),
    svg("line", { x1: 0, x2: 200, y1: 30, y2: 30, class: "zero" }),
    svg("polyline", { points: line("lift").join(" ") }));
}

export class Trials {
  constructor(arms, takes) {
    Object.assign(this, { arms, takes, past: new Map(), stop: null, mine: {} });
  }

  /** ``mine``: the arms that the profile on the page is in. */
  open(mine) {
    this.mine = mine || {};
    this.stop ??= follow("/v1/experiments/stream", (_, report) => this.#show(report));
  }

  close() {
    this.stop?.();
    this.stop = null;
  }

  async #show({ experiments, pictures }) {
    this.arms.replaceChildren(...(experiments.length ? experiments.map((one) => this.#experiment(one)) : [el("p.empty", {}, "No experiment runs.")]));
    await titlesOf(pictures.map((one) => one.title_id));
    this.takes.replaceChildren(...(pictures.length ? pictures.map((one) => this.#title(one)) : [el("p.empty", {}, "No title was shown with several pictures yet.")]));
  }

  #experiment({ experiment, mismatch, arms }) {
    const { experiment_id: id, metric, status, share, stopped_because: why, estimate } = experiment;
    return el("section.trial", { "data-experiment": id },
      el("h3", {}, el("b", {}, id), ` ${status || "running"}${status === "proposed" ? ", serves nobody" : `, ${Math.round(100 * share)} % of its layer, judged by ${metric || "finish"}`}`),
      why && el("p", {}, `Stopped because ${why}`),
      estimate && this.#estimate(estimate),
      mismatch && el("p.warn", {}, "Sample-ratio mismatch: the profiles of the arms contradict their shares, so none of this is reliable."),
      status !== "proposed" && el("div.columns", {}, ...arms.map((arm) => this.#arm(id, metric || "finish", arm))));
  }

  #estimate({ reward, gain, low, high, effective_size: size, coverage, reason }) {
    const text = `Estimated from a log: ${perTitle(gain)} ${reward}${reward === "click" ? "s" : ""} per title shown (${perTitle(low)} to ${perTitle(high)}), ${Math.round(size).toLocaleString("en")} effective decisions, ${Math.round(100 * coverage)} % explored. ${reason}`;
    return el("div.estimate", {}, el("p", {}, text), whisker({ low, lift: gain, high }, Math.max(Math.abs(low), Math.abs(high), 1e-9), perTitle));
  }

  #arm(id, metric, { name, profiles, means, lifts, stop }) {
    const here = this.mine[id] === name;
    const own = lifts[metric];
    const key = `${id} ${name}`;
    const past = this.past.get(key) || [];
    if (own && own.low !== null) past.push(own);
    if (past.length > KEPT) past.shift();
    this.past.set(key, past);
    const known = METRICS.filter((each) => lifts[each] && lifts[each].low !== null);
    const reach = Math.max(0.02, ...known.map((each) => Math.max(Math.abs(lifts[each].low), Math.abs(lifts[each].high))));
    return el("div.arm", { "data-arm": name },
      el("h4", {}, name, here && el("span.mine", {}, "this profile's"), el("small", {}, `${profiles.toLocaleString("en")} profiles`)),
      stop && el("p.warn", {}, stop),
      past.length > 1 && sequence(past, Math.max(0.02, ...past.map((one) => Math.max(Math.abs(one.low), Math.abs(one.high))))),
      el("dl", {}, ...METRICS.flatMap((each) => [
        el("dt", {}, each.replaceAll("_", " ")),
        el("dd", {}, means[each] === null || means[each] === undefined ? "–" : means[each].toFixed(3),
          known.includes(each) ? whisker(lifts[each], reach) : lifts[each] ? el("small", {}, "not known yet") : null)])));
  }

  #title({ title_id: id, pictures }) {
    const title = titleOf(id);
    const most = Math.max(1, ...pictures.map((one) => one.shown));
    return el("section.take", { "data-title": id }, el("h3", {}, title.name),
      ...pictures.map(({ artwork_id: art, shown, taken }) => {
        const bar = el("i");
        bar.style.setProperty("--part", shown / most);
        return el("figure", { "data-artwork": art }, el("img", { src: artOf(title, art), alt: `Picture ${art}` }),
          el("figcaption", {}, el("b", {}, `${((100 * taken) / Math.max(shown, 1)).toFixed(1)} %`), ` of ${shown.toLocaleString("en")}`, bar));
      }));
  }
}
