// The page: its words, what the server says of itself, and the three views.

import * as words from "./words.js";
import { Echo } from "./echo.js";
import { Race } from "./race.js";
import { Chat } from "./chat.js";

const VIEWS = ["echo", "race", "chat"];

// What the server says of itself; null where it is one that only serves these files.
async function ask() {
  try {
    const answer = await fetch("config");
    return answer.ok ? reachable(await answer.json()) : null;
  } catch {
    return null;
  }
}

// Its URLs by the name under which this page was reached; requestBytes: of a request without its target.
function reachable(config) {
  for (const [name, url] of Object.entries(config.urls)) {
    const there = new URL(url);
    there.hostname = location.hostname;
    config.urls[name] = there.href;
  }
  config.requestBytes = config.request_bytes - "/config".length;
  return config;
}

function show(views, focus) {
  const name = VIEWS.find((each) => location.hash === `#${each}`) ?? VIEWS[0];
  for (const each of VIEWS) {
    document.getElementById(`view-${each}`).hidden = each !== name;
    const link = document.querySelector(`nav a[href="#${each}"]`);
    if (each === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `pushbench: ${words.say(name)}`;
  for (const each of VIEWS) if (each !== name) views[each].hide();
  views[name].show();
  if (focus) document.getElementById(`${name}-title`).focus();
}

await words.start();
const config = await ask();
const views = { echo: new Echo(config), race: new Race(config), chat: new Chat(config) };
window.addEventListener("hashchange", () => {
  if (VIEWS.some((each) => location.hash === `#${each}`)) show(views, true);
});
words.onLanguage(() => show(views, false));
document.documentElement.dataset.ready = "true";
