// What one transport has brought, and what that took. Times in ms on the page's clock.

const KEPT = 1000;
const SHOWN_MS = 20_000;

export { KEPT };

export function median(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export class Tally {
  constructor() {
    this.clear();
  }

  clear() {
    this.requests = 0;
    this.empty = 0;
    this.failed = 0;
    this.gaps = 0;
    this.up = 0;
    this.down = 0;
    this.messages = 0;
    this.ages = []; // of the last KEPT messages
    this.ageSum = 0;
    this.newestDueMs = null;
    this.marks = []; // of the last SHOWN_MS, for the lane
  }

  // A request that was answered at atMs; events: how many it brought.
  request(atMs, upBytes, downBytes, events) {
    this.requests += 1;
    this.up += upBytes;
    this.down += downBytes;
    if (events === 0) this.empty += 1;
    this.mark({ kind: events ? "news" : "empty", atMs });
  }

  // A request that opens a connection, over which messages then come without one.
  opening(atMs, upBytes, downBytes) {
    this.requests += 1;
    this.up += upBytes;
    this.down += downBytes;
    this.mark({ kind: "news", atMs });
  }

  failure() {
    this.requests += 1;
    this.failed += 1;
  }

  // A message that was due at dueMs; pushed: without a request.
  message(dueMs, atMs, pushed) {
    const age = atMs - dueMs;
    this.messages += 1;
    this.ageSum += age;
    this.ages.push(age);
    if (this.ages.length > KEPT) this.ages.shift();
    this.newestDueMs = dueMs;
    this.mark({ kind: "message", atMs, dueMs, pushed });
  }

  mark(mark) {
    this.marks.push(mark);
    while (this.marks.length && this.marks[0].atMs < mark.atMs - SHOWN_MS) this.marks.shift();
  }

  get bytes() {
    return this.up + this.down;
  }

  get bytesPerMessage() {
    return this.messages ? this.bytes / this.messages : null;
  }

  get ageMedian() {
    return median(this.ages);
  }

  get ageMean() {
    return this.messages ? this.ageSum / this.messages : null;
  }

  get ageLast() {
    return this.ages.at(-1) ?? null;
  }

  ageNow(nowMs) {
    return this.newestDueMs === null ? null : nowMs - this.newestDueMs;
  }
}
