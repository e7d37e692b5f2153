// The page's words, in the language of the browser or the one chosen by hand.

const LANGUAGES = ["en", "zh"];
const listeners = [];
let words = {};
export let language = "en";

// The first language of the browser that there are words for.
function preferred() {
  const asked = new URLSearchParams(location.search).get("lang") ?? remembered();
  const wanted = [asked, ...navigator.languages].filter(Boolean);
  const known = wanted.map((tag) => tag.toLowerCase().split("-")[0]);
  return known.find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

function remembered() {
  try {
    return localStorage.getItem("language");
  } catch {
    return null; // a browser that keeps nothing
  }
}

// The text of `key`, with {name} filled in from `values`.
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// `listener` is called now and each time that the language changes.
export function onLanguage(listener) {
  listeners.push(listener);
  listener();
}

async function speak(chosen) {
  words = await (await fetch(`${chosen}.json`)).json();
  language = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = say(element.dataset.word);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
  for (const button of document.querySelectorAll(".languages button")) {
    button.setAttribute("aria-pressed", String(button.value === chosen));
  }
  listeners.forEach((listener) => listener());
}

export async function start() {
  for (const button of document.querySelectorAll(".languages button")) {
    button.addEventListener("click", () => {
      try {
        localStorage.setItem("language", button.value);
      } catch {
        // it lasts as long as the page, then
      }
      speak(button.value);
    });
  }
  await speak(preferred());
}
