// The echo: one WebSocket, its four events, send() and close(code, reason).

import { bytes, span } from "./units.js";
import { onLanguage, say } from "./words.js";

const LOGGED = 200;
const STATES = ["connecting", "open", "closing", "closed"];
const $ = (id) => document.getElementById(id);

export class Echo {
  socket = null;
  sentMs = null;
  told = null; // what was last said about the subprotocol: [key, values]

  constructor(config) {
    this.config = config;
    const asked = new URLSearchParams(location.search);
    this.own = config?.urls.echo ?? `ws://${location.hostname}:${Number(location.port || 80) + 1}/echo`;
    const form = $("echo-open").elements;
    form.server.value = asked.get("server") ?? this.own;
    form.subprotocols.value = asked.get("subprotocols") ?? (this.isOwn() ? this.offered() : "");
    $("echo-open").addEventListener("submit", (event) => this.on(event, () => this.connect()));
    $("echo-send").addEventListener("submit", (event) => this.on(event, () => this.send()));
    $("echo-close").addEventListener("submit", (event) => this.on(event, () => this.close()));
    $("echo-clear").addEventListener("click", () => $("echo-log").replaceChildren());
    onLanguage(() => this.showState());
  }

  on(event, act) {
    event.preventDefault();
    act();
  }

  show() {
    if (this.socket === null) this.connect();
  }

  hide() {}

  isOwn(url = $("echo-open").elements.server.value) {
    return url === this.own;
  }

  offered() {
    return (this.config?.subprotocols ?? []).join(", ");
  }

  connect() {
    const form = $("echo-open").elements;
    const url = form.server.value.trim();
    const names = form.subprotocols.value.split(",").map((name) => name.trim()).filter(Boolean);
    this.leave();
    this.tell(null);
    try {
      this.socket = new WebSocket(url, names);
    } catch (error) {
      this.log("error", error.message); // no URL, no such scheme, no name for a subprotocol
      this.showState();
      return;
    }
    this.listen(this.socket, url, names);
    this.showState();
  }

  // Let go of a socket before the next one, without a word of it in the log.
  leave() {
    const socket = this.socket;
    this.socket = null;
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close();
  }

  listen(socket, url, names) {
    let opened = false;
    const mine = (act) => (event) => {
      if (socket !== this.socket) return;
      act(event);
      this.showState();
    };
    socket.addEventListener("open", mine(() => {
      opened = true;
      this.tell(socket.protocol ? ["negotiated", { name: socket.protocol }] : ["noneNegotiated", {}]);
      this.log("open", socket.protocol ? `${url} · ${socket.protocol}` : url);
    }));
    socket.addEventListener("message", mine((event) => this.answered(event.data)));
    socket.addEventListener("error", mine(() => this.log("error", say("errorDetail"))));
    socket.addEventListener("close", mine((event) => {
      const clean = say(event.wasClean ? "clean" : "unclean");
      this.log("close", say("closeDetail", { code: event.code, reason: event.reason, clean }));
      if (!opened) this.explain(socket, url, names);
    }));
  }

  answered(data) {
    const text = typeof data === "string" ? data : say("binary", { bytes: bytes(data.size) });
    this.log("message", text);
    $("echo-answer").textContent = text;
    const time = this.sentMs === null ? null : performance.now() - this.sentMs;
    this.sentMs = null;
    $("echo-time").textContent = time === null ? "" : say("answeredIn", { time: span(time) });
  }

  // A page is not told why a handshake failed. Whether the subprotocols were the reason shows when
  // the same server takes a connection without any.
  explain(socket, url, names) {
    this.tell(["notReached", {}]);
    if (names.length === 0) return;
    const probe = new WebSocket(url);
    probe.addEventListener("open", () => {
      probe.close();
      if (socket !== this.socket) return;
      this.tell(["refused", { names: names.join(", ") }]);
      this.log("note", $("echo-negotiated").textContent);
    });
  }

  send() {
    const field = $("echo-send").elements.text;
    if (this.socket?.readyState !== WebSocket.OPEN) {
      this.log("note", say("notOpen"));
      return;
    }
    this.sentMs = performance.now();
    this.socket.send(field.value);
    this.log("send", field.value);
    field.select();
  }

  close() {
    const { code, reason } = $("echo-close").elements;
    if (!this.socket) return;
    try {
      if (code.value === "") this.socket.close();
      else this.socket.close(Number(code.value), reason.value);
    } catch (error) {
      this.log("note", error.message); // a code that pages may not use, or too long a reason
    }
    this.showState();
  }

  tell(told) {
    this.told = told;
    const known = told?.[0] === "refused" && this.isOwn() && this.offered();
    const parts = [told ? say(...told) : ""];
    if (known) parts.push(say("refusedKnown", { names: this.offered() }));
    if (!told && this.isOwn() && this.offered()) parts.push(say("serverOffers", { names: this.offered() }));
    $("echo-negotiated").textContent = parts.filter(Boolean).join(" ");
  }

  showState() {
    const state = STATES[this.socket?.readyState ?? WebSocket.CLOSED];
    $("echo-state").textContent = say(state);
    $("echo-state").dataset.state = state;
    if (this.told) this.tell(this.told);
  }

  log(kind, detail) {
    const line = document.createElement("li");
    line.dataset.event = kind;
    const parts = {
      time: new Date().toISOString().slice(11, 23),
      kind: say(`event${kind[0].toUpperCase()}${kind.slice(1)}`),
      detail,
    };
    for (const [name, text] of Object.entries(parts)) {
      const part = document.createElement("span");
      part.className = name;
      part.textContent = text;
      line.append(part);
    }
    const log = $("echo-log");
    log.append(line);
    while (log.children.length > LOGGED) log.firstChild.remove();
    log.scrollTop = log.scrollHeight;
  }
}
