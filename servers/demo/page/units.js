// Numbers for people, three significant digits at most.

import { language } from "./words.js";

const NO_BREAK = "\u00a0";

export function count(value) {
  return value.toLocaleString(language);
}

// A span, given in ms: "4.2 ms", "251 ms", "1.25 s".
export function span(ms) {
  if (ms === null || Number.isNaN(ms)) return "–";
  const [value, unit] = Math.abs(ms) < 999.5 ? [ms, "ms"] : [ms / 1000, "s"];
  const digits = unit === "ms" && Math.abs(value) < 10 ? 2 : 3;
  return `${rounded(value, digits)}${NO_BREAK}${unit}`;
}

// Bytes, with decimal prefixes: 1 kB is 1,000 bytes.
export function bytes(value) {
  if (value === null || Number.isNaN(value)) return "–";
  if (value < 999.5) return `${rounded(value, 3)}${NO_BREAK}B`;
  const [scaled, unit] = value < 999_500 ? [value / 1e3, "kB"] : [value / 1e6, "MB"];
  return `${rounded(scaled, 3)}${NO_BREAK}${unit}`;
}

function rounded(value, digits) {
  return value.toLocaleString(language, { maximumSignificantDigits: digits });
}
