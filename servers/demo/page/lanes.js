// A lane: what one transport did in the last seconds, the newest at the right.

export const SHOWN_S = 15;
const RADIUS = 4.5;

function colours(canvas) {
  const style = getComputedStyle(canvas);
  return { mark: style.getPropertyValue("--mark"), line: style.getPropertyValue("--line"), paper: style.getPropertyValue("--paper") };
}

// A pen for `canvas` at the screen's own resolution, and the lane's size in CSS pixels.
function prepared(canvas) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

// Draw a tally's marks: waits as lines from due to arrival, requests as dots, pushes as diamonds.
export function draw(canvas, marks, nowMs) {
  const { pen, width, height } = prepared(canvas);
  const { mark, line, paper } = colours(canvas);
  const right = width - RADIUS - 2;
  const x = (ms) => right - ((nowMs - ms) / (SHOWN_S * 1000)) * right;
  const y = height / 2;
  pen.strokeStyle = line;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(0, y);
  pen.lineTo(width, y);
  pen.stroke();
  pen.strokeStyle = pen.fillStyle = mark;
  const messages = marks.filter((each) => each.kind === "message");
  for (const each of messages) wait(pen, x(each.dueMs), x(each.atMs), y);
  for (const each of marks) {
    if (each.kind !== "message") dot(pen, x(each.atMs), y, each.kind === "news", mark, paper);
    else if (each.pushed) diamond(pen, x(each.atMs), y);
  }
}

function wait(pen, from, to, y) {
  pen.globalAlpha = 0.35;
  pen.lineWidth = 9;
  pen.beginPath();
  pen.moveTo(from, y);
  pen.lineTo(to, y);
  pen.stroke();
  pen.globalAlpha = 1;
}

function dot(pen, x, y, filled, mark, paper) {
  pen.beginPath();
  pen.arc(x, y, RADIUS, 0, 2 * Math.PI);
  pen.fillStyle = filled ? mark : paper;
  pen.fill();
  pen.lineWidth = 1.5;
  pen.stroke();
  pen.fillStyle = mark;
}

function diamond(pen, x, y) {
  const reach = RADIUS + 1;
  pen.beginPath();
  pen.moveTo(x, y - reach);
  pen.lineTo(x + reach, y);
  pen.lineTo(x, y + reach);
  pen.lineTo(x - reach, y);
  pen.fill();
}

// Draw when each event of the feed itself was due.
export function drawFeed(canvas, duesMs, nowMs) {
  const { pen, width, height } = prepared(canvas);
  const right = width - RADIUS - 2;
  pen.strokeStyle = colours(canvas).mark;
  pen.lineWidth = 1.5;
  for (const dueMs of duesMs) {
    const at = right - ((nowMs - dueMs) / (SHOWN_S * 1000)) * right;
    pen.beginPath();
    pen.moveTo(at, height * 0.2);
    pen.lineTo(at, height * 0.8);
    pen.stroke();
  }
}
