// The clock of this process and what it has used, as the control port reports them.
'use strict'

/** ns on the host's monotonic clock, which on Linux is CLOCK_MONOTONIC, as Python's is. A BigInt. */
const nowNs = process.hrtime.bigint

/** What this process has used since it began; its threads are in it. */
function usage () {
  const { user, system } = process.cpuUsage() // µs, of getrusage
  return {
    at_ns: Number(nowNs()), // exact for 104 days of uptime, then to some ns
    user_ns: user * 1000,
    system_ns: system * 1000,
    rss_bytes: process.memoryUsage.rss()
  }
}

/** Call back at an instant, up to a millisecond or two after it and never before. */
function callAt (instantNs, callback) {
  // A timer counts in whole ms and may fire almost one too early.
  const waitMs = Math.ceil(Number(instantNs - nowNs()) / 1e6) + 1
  setTimeout(callback, Math.max(0, waitMs))
}

module.exports = { callAt, nowNs, usage }
