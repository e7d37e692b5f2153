// A subscriber within a page. It uses one transport as web pages do, and records what arrives.
//
// Instants are ms of performance.now(). Handlers stamp first, append and return; the rows leave the
// page in batches, through the binding `report` that the load generator has put there.
"use strict";

globalThis.subscriber = (() => {
  const REPORT_EACH_MS = 200;
  const RETRY_MS = 100; // as the other clients: a server that is down is not flooded
  const GAP_CODE = 4410;
  const GAP_REASON = /^gap: first_seq=\d+ last_seq=(\d+)/;

  const utf8 = new TextEncoder();
  const sizeOf = text => utf8.encode(text).length;

  const blank = () => ({ events: [], requests: [], failed: [], missed: [], gaps: 0, failure: "" });
  let rows = blank();
  let reporting = 0; // the timer that will report them; 0: there is nothing new

  function take() {
    const taken = rows;
    rows = blank();
    clearTimeout(reporting);
    reporting = 0;
    return taken;
  }

  function changed() {
    reporting ||= setTimeout(() => globalThis.report(JSON.stringify(take())), REPORT_EACH_MS);
  }

  function fail(reason) {
    rows.failure ||= reason;
    changed();
  }

  // Events that came together: their bytes are booked on the first of them.
  function arrived(events, bytes, received) {
    for (const event of events) {
      rows.events.push([event.seq, event.due, bytes, received]);
      bytes = 0;
    }
    changed();
  }

  // Of an array's text: without what makes an array of its events.
  const withoutArray = (text, events) => sizeOf(text) - events.length - 1;

  // One poll at a time; settled(received) is called after each, with null where it failed.
  class Poller {
    constructor(url, timeout, settled) {
      Object.assign(this, { url, timeout, settled, cursor: 0, out: null });
    }

    poll(planned) {
      const request = new XMLHttpRequest();
      const sent = performance.now();
      request.open("GET", `${this.url}?after=${this.cursor}${this.timeout}`);
      request.onload = () => this.answered(request, planned, sent, performance.now());
      request.onerror = () => this.failed(planned, sent, null);
      request.send();
      this.out = request;
    }

    answered(request, planned, sent, received) {
      const text = request.responseText;
      if (request.status === 410) {
        rows.gaps += 1;
        this.cursor = JSON.parse(text).last_seq;
        this.failed(planned, sent, received);
      } else if (request.status !== 200 && request.status !== 204) {
        this.failed(planned, sent, null);
      } else {
        const events = request.status === 200 ? JSON.parse(text) : [];
        if (events.length) {
          arrived(events, withoutArray(text, events), received);
          this.cursor = events.at(-1).seq;
        }
        rows.requests.push([planned, sent, received, events.length]);
        this.settle(received);
      }
    }

    failed(planned, sent, received) {
      rows.failed.push([planned, sent]);
      this.settle(received);
    }

    settle(received) {
      this.out = null;
      changed();
      this.settled(received);
    }
  }

  // At each slot of an absolute grid; a slot is left out while the poll before is still out.
  class ShortPoll {
    constructor(settings) {
      this.settings = settings;
      this.poller = new Poller(settings.url, "", () => this.last?.());
    }

    async connect() {}

    start(first) {
      Object.assign(this, { first, next: 0 });
      this.arm();
    }

    slot(index) {
      return this.first + index * this.settings.interval_ms;
    }

    arm() {
      const wait = Math.ceil(this.slot(this.next) - performance.now());
      this.timer = setTimeout(() => this.tick(), Math.max(wait, 0));
    }

    tick() {
      const latest = Math.floor((performance.now() - this.first) / this.settings.interval_ms);
      if (latest >= this.next) this.pass(latest); // else the timer fired early
      this.arm();
    }

    pass(latest) {
      for (let index = this.next; index < latest; index++) rows.missed.push(this.slot(index));
      this.next = latest + 1;
      if (this.poller.out) rows.missed.push(this.slot(latest));
      else this.poller.poll(this.slot(latest));
    }

    // An unanswered poll's slot may lie in the window, and then its answer counts.
    async close() {
      clearTimeout(this.timer);
      if (!this.poller.out) return;
      await new Promise(done => {
        this.last = done;
        setTimeout(done, this.settings.last_answer_ms);
      });
    }
  }

  // One poll out at all times.
  class LongPoll {
    constructor({ url, timeout }) {
      this.poller = new Poller(url, timeout, received => this.again(received));
    }

    async connect() {}

    start() {
      this.poller.poll(performance.now());
    }

    again(received) {
      if (this.closed) return;
      if (received !== null) this.poller.poll(received);
      else this.timer = setTimeout(() => this.start(), RETRY_MS);
    }

    async close() {
      this.closed = true;
      clearTimeout(this.timer);
      if (this.poller.out) this.poller.out.abort(); // which calls neither onload nor onerror
    }
  }

  class ServerSentEvents {
    constructor({ url }) {
      this.url = url;
    }

    connect() {
      this.source = new EventSource(`${this.url}?after=0`);
      this.source.onmessage = message => {
        const received = performance.now();
        arrived([JSON.parse(message.data)], sizeOf(message.data), received);
      };
      this.source.addEventListener("gap", () => {
        rows.gaps += 1;
        changed();
      });
      return new Promise((opened, refused) => {
        this.source.onopen = opened;
        this.source.onerror = () => {
          if (this.source.readyState !== EventSource.CLOSED) return; // it connects again by itself
          refused(new Error("the server refused the stream"));
          fail("the stream was lost");
        };
      });
    }

    start() {}

    async close() {
      this.source.close();
    }
  }

  class Socket {
    constructor({ url }) {
      this.url = url;
    }

    connect(after = 0) {
      const socket = new WebSocket(`${this.url}?after=${after}`);
      socket.onmessage = message => {
        const received = performance.now();
        const parsed = JSON.parse(message.data);
        if (Array.isArray(parsed)) arrived(parsed, withoutArray(message.data, parsed), received);
        else arrived([parsed], sizeOf(message.data), received);
      };
      this.socket = socket;
      return new Promise((opened, refused) => {
        socket.onopen = opened;
        socket.onclose = end => {
          refused(new Error("the WebSocket handshake failed"));
          this.lost(end);
        };
      });
    }

    start() {}

    lost(end) {
      if (this.closed) return;
      const gap = end.code === GAP_CODE && GAP_REASON.exec(end.reason);
      if (!gap) {
        fail(`the server closed: ${end.code} ${end.reason}`.trimEnd());
        return;
      }
      rows.gaps += 1;
      changed();
      this.connect(Number(gap[1])).catch(error => fail(error.message));
    }

    async close() {
      this.closed = true;
      this.socket.close(1000);
      if (this.socket.readyState === WebSocket.CLOSED) return;
      await new Promise(done => {
        this.socket.onclose = done;
        setTimeout(done, RETRY_MS);
      });
    }
  }

  const TRANSPORTS = {
    "short-poll": ShortPoll,
    "long-poll": LongPoll,
    "sse": ServerSentEvents,
    "websocket": Socket,
  };
  let client;

  return {
    // settings: transport, url, timeout (a query), interval_ms, last_answer_ms.
    async connect(settings) {
      client = new TRANSPORTS[settings.transport](settings);
      await client.connect();
    },

    // first: the instant of the first slot.
    start(first) {
      client.start(first);
    },

    // The rows that are left.
    async close() {
      await client.close();
      return take();
    },
  };
})();
