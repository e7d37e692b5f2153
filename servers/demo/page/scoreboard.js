// The race in tables: a lane with three bars for each transport, and all figures below.

import { bytes, count, span } from "./units.js";
import { say } from "./words.js";

const BARS = {
  age: (tally, { age }) => [tally.ageMedian, age(tally.ageMedian)],
  requests: (tally) => [tally.requests, count(tally.requests), tally.empty],
  bytes: (tally) => [tally.bytesPerMessage, bytes(tally.bytesPerMessage)],
};
const FIGURES = {
  messages: (tally) => count(tally.messages),
  requests: (tally) => count(tally.requests),
  empty: (tally) => count(tally.empty),
  failed: (tally) => count(tally.failed),
  gaps: (tally) => count(tally.gaps),
  up: (tally) => bytes(tally.up),
  down: (tally) => bytes(tally.down),
  bytesPerMessage: (tally) => bytes(tally.bytesPerMessage),
  ageNow: (tally, { age, nowMs }) => age(tally.ageNow(nowMs)),
  ageLast: (tally, { age }) => age(tally.ageLast),
  ageMedian: (tally, { age }) => age(tally.ageMedian),
  ageMean: (tally, { age }) => age(tally.ageMean),
};
const HEADS = { age: "age", requests: "requests", bytes: "bytesPerMessage" };
const FEED = "feed";

export class Scoreboard {
  constructor(lanes, head, figures, names) {
    Object.assign(this, { lanes, head, figures });
    lanes.append(lane(FEED, []), ...names.map((name) => lane(name, Object.keys(BARS))));
    const keys = Object.keys(FIGURES);
    head.append(document.createElement("td"), ...keys.map((key) => cell("th", key)));
    for (const name of names) {
      const line = document.createElement("tr");
      line.dataset.transport = name;
      line.append(cell("th", "name", "row"), ...keys.map((key) => cell("td", key)));
      figures.append(line);
    }
  }

  canvas(name = FEED) {
    return this.lanes.querySelector(`[data-transport="${name}"] canvas`);
  }

  // The words, in the language of now.
  label() {
    for (const line of [...this.lanes.children, ...this.figures.children]) {
      line.querySelector(".name").textContent = say(line.dataset.transport);
      for (const place of line.querySelectorAll("[data-head]")) place.dataset.head = say(HEADS[place.className]);
    }
    for (const column of this.head.querySelectorAll("th")) column.textContent = say(column.className);
  }

  // The numbers; tallies: [name, Tally] of each transport. An age is known to ± errorMs.
  show(tallies, nowMs, errorMs) {
    const at = { nowMs, age: (ms) => (ms !== null && ms < errorMs ? `< ${span(errorMs)}` : span(ms)) };
    for (const [key, value] of Object.entries(BARS)) {
      const most = Math.max(...tallies.map(([, tally]) => value(tally, at)[0] ?? 0));
      for (const [name, tally] of tallies) this.bar(name, key, value(tally, at), most);
    }
    for (const [name, tally] of tallies) {
      const line = this.figures.querySelector(`[data-transport="${name}"]`);
      for (const [key, figure] of Object.entries(FIGURES)) {
        line.querySelector(`.${key}`).textContent = figure(tally, at);
      }
    }
  }

  bar(name, key, [value, text, empty], most) {
    const place = this.lanes.querySelector(`[data-transport="${name}"] .${key}`);
    const share = (part) => `${most ? (100 * (part ?? 0)) / most : 0}%`;
    place.querySelector("b").textContent = text;
    place.querySelector("small").textContent = empty ? say("ofThemEmpty", { empty: count(empty) }) : "";
    place.querySelector(".full").style.width = share(value - (empty ?? 0));
    place.querySelector(".hollow").style.width = share(empty);
  }
}

function cell(tag, name, scope = "col") {
  const made = document.createElement(tag);
  made.className = name;
  if (tag === "th") made.scope = scope;
  return made;
}

// A lane of the table: its name, its picture, and a number with a bar for each of `bars`.
function lane(name, bars) {
  const line = document.createElement("tr");
  line.dataset.transport = name;
  const picture = cell("td", "picture");
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true"); // the figures say the same in numbers
  picture.append(canvas);
  line.append(cell("th", "name", "row"), picture);
  for (const key of bars) {
    const place = cell("td", key);
    place.dataset.head = ""; // where the table is too narrow for a head of its own
    place.append(cell("b", ""), " ", cell("small", ""), bar());
    line.append(place);
  }
  if (bars.length === 0) {
    const rest = cell("td", "rest");
    rest.colSpan = Object.keys(BARS).length;
    line.append(rest);
  }
  return line;
}

function bar() {
  const made = cell("span", "bar");
  made.append(cell("i", "full"), cell("i", "hollow"));
  return made;
}
