// The server's clock, as seen from this page: its offset by exchanged stamps.

const EXCHANGES = 10;

export class ServerClock {
  offsetMs = 0;
  errorMs = Infinity; // the true offset is within ± this of ours
  count = 0;

  // Ask the server for its time; the quickest exchange bounds the error best.
  async learn() {
    let best = { errorMs: Infinity };
    for (let turn = 0; turn < EXCHANGES; turn += 1) {
      const sentMs = performance.now();
      const answer = await fetch("feed/clock");
      const receivedMs = performance.now();
      if (!answer.ok) throw new Error(`feed/clock: ${answer.status}`);
      const serverMs = (await answer.json()).now_ns / 1e6;
      const errorMs = (receivedMs - sentMs) / 2;
      if (errorMs < best.errorMs) {
        best = { errorMs, offsetMs: serverMs - (sentMs + receivedMs) / 2 };
      }
    }
    Object.assign(this, best, { count: EXCHANGES });
  }

  // The page's time, as performance.now() tells it, of an instant in the server's ns.
  here(serverNs) {
    return serverNs / 1e6 - this.offsetMs;
  }
}
