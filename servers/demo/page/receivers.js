// One feed, received over each transport. A receiver knows its transport and tells a Tally.

import * as weigh from "./weigh.js";

const GAP = 4410;
const HOLD_S = 25; // a long poll that found nothing is answered after so long
const AGAIN_MS = 1000; // after a failure

// What all of them need. requestBytes: of a request without its target; hear(event, atMs, pushed).
class Receiver {
  constructor({ url, tally, requestBytes, hear }) {
    Object.assign(this, { url, tally, requestBytes, hear });
    this.running = false;
  }

  start(after) {
    this.after = after;
    this.running = true;
    this.stopping = new AbortController();
    this.begin();
  }

  stop() {
    this.running = false;
    this.stopping.abort();
    clearTimeout(this.timer);
    this.end?.();
  }

  later(act, ms) {
    this.timer = setTimeout(() => this.running && act(), ms);
  }

  take(event, pushed) {
    this.after = event.seq;
    this.hear(event, performance.now(), pushed);
  }

  // The bytes of a GET request for `path`.
  asked(path) {
    return this.requestBytes + weigh.utf8(path);
  }

  // One poll: what it brought and what it took, to the tally. False where it failed.
  async ask(query = "") {
    const { pathname } = new URL(this.url);
    const path = `${pathname}?after=${this.after}${query}`;
    const { signal } = this.stopping;
    try {
      const response = await fetch(path, { signal });
      const text = await response.text();
      if (signal.aborted) return false;
      const events = response.status === 200 ? JSON.parse(text) : [];
      const down = weigh.head(response) + (text ? weigh.body(response, text) : 0);
      this.tally.request(performance.now(), this.asked(path), down, events.length);
      for (const event of events) this.take(event, false);
      if (response.status === 410) this.skip(JSON.parse(text));
      return response.ok || response.status === 410;
    } catch (error) {
      if (!signal.aborted) this.tally.failure();
      return false;
    }
  }

  // Some of the events are not held any more: go on with what comes.
  skip({ last_seq }) {
    this.tally.gaps += 1;
    this.after = last_seq;
  }
}

// A request at each instant of a grid; a slot in which the last one still runs is left out.
export class ShortPoll extends Receiver {
  intervalMs = 1000;

  begin() {
    this.dueMs = performance.now();
    this.turn();
  }

  async turn() {
    await this.ask();
    const lateMs = performance.now() - this.dueMs;
    this.dueMs += Math.max(1, Math.ceil(lateMs / this.intervalMs)) * this.intervalMs;
    if (this.running) this.later(() => this.turn(), this.dueMs - performance.now());
  }
}

// A request that the server answers when there is something; then at once the next.
export class LongPoll extends Receiver {
  async begin() {
    const done = await this.ask(`&timeout_s=${HOLD_S}`);
    if (!this.running) return;
    if (done) this.begin();
    else this.later(() => this.begin(), AGAIN_MS);
  }
}

// An EventSource, which connects again by itself and names the last event it has seen.
export class ServerSentEvents extends Receiver {
  begin() {
    const { pathname } = new URL(this.url);
    const path = `${pathname}?after=${this.after}`;
    this.source = new EventSource(path);
    this.source.onopen = () => this.tally.opening(performance.now(), this.asked(path), weigh.OPENING_ANSWER);
    this.source.onmessage = ({ data, lastEventId }) => {
      this.tally.down += weigh.streamed(lastEventId, data);
      this.take(JSON.parse(data), true);
    };
    this.source.addEventListener("gap", ({ data }) => this.skip(JSON.parse(data)));
    this.source.onerror = () => this.tally.failure();
  }

  end() {
    this.source.close();
  }
}

export class OverWebSocket extends Receiver {
  begin() {
    const { pathname } = new URL(this.url);
    const path = `${pathname}?after=${this.after}`;
    const socket = new WebSocket(`${this.url}?after=${this.after}`);
    this.socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.tally.opening(performance.now(), this.asked(path), weigh.OPENING_ANSWER);
      this.opened?.(this.again);
      this.again = true;
    };
    socket.onmessage = ({ data }) => this.read(data);
    socket.onclose = ({ code, reason }) => {
      if (socket !== this.socket || !this.running) return;
      if (!opened) this.tally.failure();
      if (code === GAP) this.skip(facts(reason));
      this.closed?.();
      this.later(() => this.begin(), code === GAP ? 0 : AGAIN_MS);
    };
  }

  // A frame: an event, or a batch of them as an array.
  read(data) {
    this.tally.down += weigh.frame(weigh.utf8(data));
    for (const event of [JSON.parse(data)].flat()) {
      if (event.error === undefined) this.take(event, true);
      else this.refused?.(event.error);
    }
  }

  end() {
    this.socket.close();
    this.socket = null;
    this.again = false;
  }
}

// The numbers in a reason such as "gap: first_seq=8 last_seq=10".
function facts(reason) {
  return Object.fromEntries([...reason.matchAll(/(\w+)=(\d+)/g)].map(([, key, value]) => [key, Number(value)]));
}
