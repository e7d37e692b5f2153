// The race: one feed over all transports at once, on one clock, with what each of them costs.

import { ServerClock } from "./clock.js";
import { draw, drawFeed, SHOWN_S } from "./lanes.js";
import { LongPoll, OverWebSocket, ServerSentEvents, ShortPoll } from "./receivers.js";
import { Scoreboard } from "./scoreboard.js";
import { KEPT, Tally } from "./tally.js";
import { count, span } from "./units.js";
import { onLanguage, say } from "./words.js";

export const INTERVALS_S = [0.1, 0.25, 0.5, 1, 2, 5, 10];
const RATES_PER_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20];
const RECEIVERS = {
  "short-poll": ShortPoll,
  "long-poll": LongPoll,
  sse: ServerSentEvents,
  websocket: OverWebSocket,
};
const FIGURES_MS = 250;
const $ = (id) => document.getElementById(id);

export class Race {
  running = false;
  wanted = true; // not paused by hand
  shown = false;
  clock = new ServerClock();
  dues = new Map(); // seq -> when it was due, of the last seconds
  lanes = new Map(); // transport -> its Tally and receiver

  constructor(config) {
    this.config = config;
    if (config === null) {
      this.problem("unavailable");
      return;
    }
    for (const name of Object.keys(RECEIVERS)) this.lanes.set(name, this.lane(name));
    this.board = new Scoreboard($("lanes"), $("figures-head"), $("figures"), [...this.lanes.keys()]);
    this.wire();
    onLanguage(() => this.label());
  }

  lane(name) {
    const tally = new Tally();
    const hear = (event, atMs, pushed) => {
      const dueMs = this.clock.here(event.due);
      tally.message(dueMs, atMs, pushed);
      this.dues.set(event.seq, dueMs);
    };
    const { urls, requestBytes } = this.config;
    const receiver = new RECEIVERS[name]({ url: urls[name], tally, requestBytes, hear });
    return { tally, receiver };
  }

  wire() {
    this.rate = this.config.feed.rate_per_s;
    $("interval").value = INTERVALS_S.indexOf(1);
    $("interval").addEventListener("input", () => this.turnInterval());
    $("rate").disabled = this.rate === null;
    $("rate").value = nearest(RATES_PER_S, this.rate ?? 1);
    $("rate").addEventListener("input", () => this.label());
    $("rate").addEventListener("change", () => this.turnRate());
    $("race-pause").addEventListener("click", () => this.want(!this.wanted));
    $("race-again").addEventListener("click", () => this.countAnew());
    document.addEventListener("visibilitychange", () => this.decide());
    const websocket = this.lanes.get("websocket").receiver;
    websocket.opened = (again) => again && this.clock.learn(); // it may be another server's
  }

  get intervalMs() {
    return INTERVALS_S[$("interval").value] * 1000;
  }

  get tallies() {
    return [...this.lanes].map(([name, { tally }]) => [name, tally]);
  }

  show() {
    this.shown = true;
    this.decide();
  }

  hide() {
    this.shown = false;
    this.decide();
  }

  want(wanted) {
    this.wanted = wanted;
    this.label();
    this.decide();
  }

  // A page that nobody sees lets its connections go: there are six of them for all tabs.
  async decide() {
    const should = this.config !== null && this.wanted && this.shown && !document.hidden;
    if (should === this.running) return;
    this.running = should;
    if (should) await this.start();
    else this.stop();
  }

  async start() {
    try {
      await this.clock.learn();
      this.config.feed = (await (await fetch("config")).json()).feed;
    } catch {
      this.running = false;
      this.problem("notReached");
      return;
    }
    if (!this.running || this.ticking) return; // left meanwhile, or left and come back
    $("race-problem").hidden = true;
    for (const { receiver } of this.lanes.values()) receiver.start(this.config.feed.last_seq);
    this.ticking = setInterval(() => this.figures(), FIGURES_MS);
    this.label();
    this.draw();
  }

  stop() {
    if (!this.ticking) return;
    clearInterval(this.ticking);
    this.ticking = null;
    for (const { receiver } of this.lanes.values()) receiver.stop();
  }

  countAnew() {
    for (const [, tally] of this.tallies) tally.clear();
    this.figures();
  }

  turnInterval() {
    this.label();
    this.countAnew();
  }

  // The feed is one for all: its rate is the server's to change.
  async turnRate() {
    const answer = await fetch("feed/rate", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ rate_per_s: RATES_PER_S[$("rate").value] }),
    });
    const said = await answer.json();
    if (answer.ok) this.rate = said.rate_per_s;
    else this.problem("rateRefused", { error: said.error });
    $("rate").value = nearest(RATES_PER_S, this.rate);
    this.label();
    this.countAnew();
  }

  problem(key, values) {
    $("race-problem").textContent = say(key, values);
    $("race-problem").hidden = false;
  }

  // All that changes with the language or a control, not with the feed.
  label() {
    this.lanes.get("short-poll").receiver.intervalMs = this.intervalMs;
    $("interval-value").textContent = span(this.intervalMs);
    $("interval").setAttribute("aria-valuetext", span(this.intervalMs));
    const rate = say("perSecond", { rate: count(RATES_PER_S[$("rate").value]) });
    $("rate-value").textContent = this.rate === null ? say("rateFixed") : rate;
    $("rate").setAttribute("aria-valuetext", $("rate-value").textContent);
    $("race-pause").textContent = say(this.wanted ? "pause" : "resume");
    $("lane-head").textContent = say("lane", { seconds: SHOWN_S });
    const told = { count: this.clock.count, error: span(this.clock.errorMs), kept: count(KEPT) };
    $("race-clock").textContent = say("clockNote", told);
    this.board.label();
    this.figures();
  }

  draw() {
    const nowMs = performance.now();
    for (const [seq, dueMs] of this.dues) if (dueMs < nowMs - SHOWN_S * 1000) this.dues.delete(seq);
    drawFeed(this.board.canvas(), this.dues.values(), nowMs);
    for (const [name, tally] of this.tallies) draw(this.board.canvas(name), tally.marks, nowMs);
    if (this.ticking) requestAnimationFrame(() => this.draw());
  }

  figures() {
    const { errorMs } = this.clock;
    this.board.show(this.tallies, performance.now(), errorMs);
    const poll = this.lanes.get("short-poll").tally;
    const push = this.lanes.get("websocket").tally;
    const known = poll.messages > 0 && push.messages > 0;
    $("race-sentence").textContent = say(known ? "raceSentence" : "raceWaiting", {
      requests: count(poll.requests),
      empty: count(poll.empty),
      pollAge: span(poll.ageMedian),
      asked: push.requests === 1 ? say("once") : say("times", { number: count(push.requests) }),
      pushAge: span(Math.max(push.ageMedian, errorMs)),
    });
  }
}

// The index of the value next to `wanted`, by ratio.
export function nearest(values, wanted) {
  const far = values.map((value) => Math.abs(Math.log(value / wanted)));
  return far.indexOf(Math.min(...far));
}
