// An alarm clock in a thread of its own. The event loop's timers count in whole ms, so each event would be
// up to 1.2 ms late; to spin through the last of them would be charged to the server as its CPU time.
// A thread that sleeps in Atomics.wait wakes within some tens of µs, and costs nothing meanwhile.
'use strict'

const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')

const LONGEST_MS = 3_600_000

/** Rings at one instant at a time, on the event loop. */
class Alarm {
  constructor (onRing) {
    this.instant = new BigInt64Array(new SharedArrayBuffer(8)) // ns; 0: none
    this.turn = new Int32Array(new SharedArrayBuffer(4)) // counts how often it was set
    this.thread = new Worker(__filename, { workerData: { instant: this.instant, turn: this.turn } })
    this.thread.on('message', onRing)
  }

  /** Resolves when the thread runs. */
  ready () {
    return new Promise((resolve, reject) => {
      this.thread.once('online', resolve)
      this.thread.once('error', reject)
    })
  }

  /** The instant to ring at, instead of the one before; a BigInt. */
  set (instantNs) {
    Atomics.store(this.instant, 0, instantNs)
    Atomics.add(this.turn, 0, 1)
    Atomics.notify(this.turn, 0)
  }

  close () {
    return this.thread.terminate()
  }
}

function sleep ({ instant, turn }) {
  for (;;) {
    const seen = Atomics.load(turn, 0)
    const at = Atomics.load(instant, 0)
    const leftMs = Number(at - process.hrtime.bigint()) / 1e6
    if (at === 0n) {
      Atomics.wait(turn, 0, seen)
    } else if (leftMs > 0) {
      Atomics.wait(turn, 0, seen, Math.min(leftMs, LONGEST_MS))
    } else if (Atomics.compareExchange(instant, 0, at, 0n) === at) {
      parentPort.postMessage(null)
    }
  }
}

if (isMainThread) module.exports = { Alarm }
else sleep(workerData)
