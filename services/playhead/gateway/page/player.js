// What is playing: a bar at the bottom whose clock runs sixty times as fast as the real one.

import { titleOf } from "./api.js";
import { artOf } from "./art.js";
import { el, icon } from "./dom.js";
import { uuid7 } from "./acts.js";

const SPEED = 60;
const TICK_MS = 250;
const USUAL_S = 5_400;

const clock = (s) => `${Math.floor(s / 3600)}:${String(Math.floor((s % 3600) / 60)).padStart(2, "0")}`;

export class Play {
  constructor(titleId, position_s = 0) {
    this.title_id = titleId;
    this.playback_id = uuid7();
    this.duration_s = titleOf(titleId).duration_s || USUAL_S;
    this.position_s = position_s;
    this.watched_s = 0;
    this.told_s = 0;
    this.paused = false;
  }

  tick(seconds) {
    const step = Math.min(seconds * SPEED, this.duration_s - this.position_s);
    this.position_s = Math.round((this.position_s + step) * 10) / 10;
    this.watched_s = Math.round((this.watched_s + step) * 10) / 10;
    return this.position_s >= this.duration_s;
  }

  /** Seconds watched since this was last asked. */
  heartbeat() {
    const since = Math.round((this.watched_s - this.told_s) * 10) / 10;
    this.told_s = this.watched_s;
    return since;
  }
}

export class Player {
  constructor(node, acts) {
    this.node = node;
    this.acts = acts;
    this.play = null;
    setInterval(() => this.#tick(), TICK_MS);
  }

  start(play) {
    this.play = play;
    const title = titleOf(play.title_id);
    const button = (name, label, done) => el("button", { title: label, "aria-label": label, onclick: done, "data-act": name }, icon(name));
    this.toggle = button("pause", "Pause", () => this.acts.toggle());
    this.bar = el("i");
    this.time = el("span.time");
    this.node.replaceChildren(
      el("div.progress", { "aria-hidden": "true" }, this.bar),
      el("img", { src: artOf(title), alt: "" }),
      el("div.what", {}, el("b", {}, title.name), this.time),
      el("div.controls", {},
        button("rewind", "Rewind", () => this.acts.rewind()), this.toggle,
        button("skip", "Skip to something else", () => this.acts.skip()),
        button("finish", "Watch to the end", () => this.acts.finish()),
        button("stop", "Stop", () => this.acts.stop())),
      el("div.controls", {},
        button("up", "Thumb up", () => this.acts.rate(play.title_id, 1)),
        button("down", "Thumb down", () => this.acts.rate(play.title_id, 0))));
    this.node.hidden = false;
    document.body.classList.add("playing");
    this.draw();
  }

  end() {
    this.play = null;
    this.node.hidden = true;
    document.body.classList.remove("playing");
  }

  draw() {
    if (!this.play) return;
    const { position_s, duration_s, paused } = this.play;
    this.bar.style.transform = `scaleX(${position_s / duration_s})`;
    this.time.textContent = `${clock(position_s)} of ${clock(duration_s)}${paused ? " · paused" : ` · ${SPEED}× speed`}`;
    const label = paused ? "Resume" : "Pause";
    if (this.toggle.title !== label) {
      this.toggle.title = label;
      this.toggle.setAttribute("aria-label", label);
      this.toggle.replaceChildren(icon(paused ? "play" : "pause"));
    }
  }

  #tick() {
    if (!this.play || this.play.paused) return;
    const over = this.play.tick(TICK_MS / 1000);
    this.draw();
    if (over) this.acts.finish();
  }
}
