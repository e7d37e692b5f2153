// The chat: one room, over WebSocket or by polling, and what the difference is.

import { ServerClock } from "./clock.js";
import { INTERVALS_S, nearest } from "./race.js";
import { OverWebSocket, ShortPoll } from "./receivers.js";
import { Tally } from "./tally.js";
import { bytes, count, span } from "./units.js";
import * as weigh from "./weigh.js";
import { onLanguage, say } from "./words.js";

const SHOWN = 300;
const FIGURES_MS = 500;
const ROWS = {
  delayRow: (tally) => span(tally.ageMedian),
  messagesRow: (tally) => count(tally.messages),
  requestsRow: (tally) => count(tally.requests),
  emptyRow: (tally) => count(tally.empty),
  bytesRow: (tally) => bytes(tally.bytes),
};
const $ = (id) => document.getElementById(id);

export class Chat {
  clock = new ServerClock();
  ways = {};
  over = null; // the receiver that runs
  seen = 0;
  state = "closed";

  constructor(config) {
    this.config = config;
    if (config === null) {
      this.problem("unavailable");
      return;
    }
    const socket = this.way(OverWebSocket, config.urls.chat);
    socket.opened = (again) => this.opened(again);
    socket.closed = () => this.be("reconnecting");
    socket.refused = (error) => this.problem("chatRefused", { error });
    this.ways = { websocket: socket, "short-poll": this.way(ShortPoll, new URL("chat", location.href).href) };
    this.wire();
    onLanguage(() => this.label());
  }

  way(Kind, url) {
    const tally = new Tally();
    const { requestBytes } = this.config;
    const hear = (message, atMs, pushed) => this.hear(message, atMs, tally, pushed);
    const receiver = new Kind({ url, tally, requestBytes, hear });
    receiver.skip = ({ first_seq }) => this.skip(receiver, first_seq);
    return receiver;
  }

  // What is held is of interest here, and the room may be another one by now.
  skip(receiver, firstSeq) {
    receiver.tally.gaps += 1;
    receiver.after = this.seen = firstSeq - 1;
    $("chat-log").append(part("li", say("chatGap")));
  }

  async opened(again) {
    if (again) await this.clock.learn();
    this.be("open");
  }

  wire() {
    const guest = 100 + Math.floor(Math.random() * 900);
    $("chat-say").elements.name.value = say("guest", { number: guest });
    $("chat-say").addEventListener("submit", (event) => {
      event.preventDefault();
      this.speak();
    });
    $("chat-over").addEventListener("change", () => this.switchOver());
    $("chat-interval").value = nearest(INTERVALS_S, 2);
    $("chat-interval").addEventListener("input", () => this.label());
    for (const key of Object.keys(ROWS)) $("chat-figures").append(figureRow(key));
    setInterval(() => this.figures(), FIGURES_MS);
  }

  async show() {
    if (this.config === null || this.started) return;
    this.started = true;
    try {
      await this.clock.learn();
      this.startedMs = performance.now();
    } catch {
      this.problem("notReached");
      this.started = false;
      return;
    }
    this.switchOver();
  }

  hide() {} // a chat goes on while one looks elsewhere

  get chosen() {
    return $("chat-over").querySelector("input:checked").value;
  }

  switchOver() {
    this.over?.stop();
    this.over = this.ways[this.chosen];
    this.be(this.chosen === "websocket" ? "connecting" : "polls");
    this.over.start(this.seen);
  }

  hear(message, atMs, tally, pushed) {
    if (message.seq <= this.seen) return;
    this.seen = message.seq;
    const saidMs = this.clock.here(message.due);
    const fresh = saidMs > this.startedMs; // what was said before this page came is no delay
    if (fresh) tally.message(saidMs, atMs, pushed);
    this.append(message, fresh ? atMs - saidMs : null);
  }

  async speak() {
    const form = $("chat-say").elements;
    const body = JSON.stringify({ name: form.name.value, text: form.text.value });
    $("chat-problem").hidden = true;
    const done = this.chosen === "websocket" ? this.overSocket(body) : await this.byPost(body);
    if (done) form.text.value = "";
  }

  overSocket(body) {
    const { socket, tally } = this.ways.websocket;
    if (socket?.readyState !== WebSocket.OPEN) {
      this.problem("notOpen");
      return false;
    }
    socket.send(body);
    tally.up += weigh.frame(weigh.utf8(body), true);
    return true;
  }

  async byPost(body) {
    const { tally } = this.ways["short-poll"];
    try {
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch("chat", { method: "POST", headers, body });
      const text = await answer.text();
      const up = this.config.requestBytes + "/chat".length + weigh.posted(body, location.origin);
      tally.request(performance.now(), up, weigh.head(answer) + weigh.body(answer, text), 1);
      if (answer.ok) return true;
      this.problem("chatRefused", { error: JSON.parse(text).error });
    } catch {
      this.problem("notReached");
    }
    return false;
  }

  be(state) {
    this.state = state;
    $("chat-state").textContent = say(state);
    $("chat-state").dataset.state = state;
  }

  problem(key, values) {
    $("chat-problem").textContent = say(key, values);
    $("chat-problem").hidden = false;
  }

  label() {
    this.be(this.state);
    const ms = INTERVALS_S[$("chat-interval").value] * 1000;
    this.ways["short-poll"].intervalMs = ms;
    $("chat-interval-value").textContent = span(ms);
    $("chat-interval").setAttribute("aria-valuetext", span(ms));
    for (const line of $("chat-figures").children) line.querySelector("th").textContent = say(line.className);
    this.figures();
  }

  figures() {
    for (const [key, figure] of Object.entries(ROWS)) {
      for (const [name, { tally }] of Object.entries(this.ways)) {
        $("chat-figures").querySelector(`.${key} [data-transport="${name}"]`).textContent = figure(tally);
      }
    }
  }

  // Whatever somebody typed is text, and never markup.
  append(message, delayMs) {
    const line = document.createElement("li");
    line.className = message.scripted ? "scripted" : "said";
    line.classList.toggle("mine", !message.scripted && message.name === $("chat-say").elements.name.value);
    const head = document.createElement("p");
    head.className = "head";
    head.append(part("b", message.name));
    if (message.scripted) head.append(part("em", say("scripted", { time: span(message.waited_ms) })));
    if (delayMs !== null) head.append(part("small", say("delay", { time: span(delayMs) })));
    line.append(head, part("p", message.data));
    const log = $("chat-log");
    log.append(line);
    while (log.children.length > SHOWN) log.firstChild.remove();
    log.scrollTop = log.scrollHeight;
  }
}

function part(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function figureRow(key) {
  const line = document.createElement("tr");
  line.className = key;
  const name = document.createElement("th");
  name.scope = "row";
  line.append(name);
  for (const way of ["websocket", "short-poll"]) {
    const place = document.createElement("td");
    place.dataset.transport = way;
    line.append(place);
  }
  return line;
}
