// A bounded ring of the latest events, which clients read by a cursor.
'use strict'

const MAX_CURSOR = 2n ** 63n - 1n

/** The events after a cursor are not all in the history. */
class Gap extends Error {
  constructor (firstSeq, lastSeq) {
    super(`gap: first_seq=${firstSeq} last_seq=${lastSeq}`)
    this.facts = { first_seq: firstSeq, last_seq: lastSeq }
  }
}

/** A text that is no cursor. */
class BadCursor extends Error {}

/** A bounded ring of events, { seq, due, text }; listeners are called with each as it is appended. */
class History {
  constructor (capacity) {
    this.capacity = capacity
    this.ring = [] // event `seq` lies at (seq - 1) % capacity
    this.lastSeq = 0
    this.listeners = []
  }

  get firstSeq () {
    return this.lastSeq - this.ring.length + 1
  }

  listen (listener) {
    this.listeners.push(listener)
  }

  append (event) {
    if (event.seq !== this.lastSeq + 1) {
      throw new Error(`event ${event.seq} does not follow event ${this.lastSeq}`)
    }
    this.ring[(event.seq - 1) % this.capacity] = event
    this.lastSeq = event.seq
    for (const listener of this.listeners) listener(event)
  }

  /** At most `most` events with seq > after, oldest first. Throws Gap. */
  since (after, most) {
    if (after < this.firstSeq - 1 || after > this.lastSeq) throw new Gap(this.firstSeq, this.lastSeq)
    const events = []
    for (let seq = after + 1; seq <= this.lastSeq && events.length < most; seq++) {
      events.push(this.ring[(seq - 1) % this.capacity])
    }
    return events
  }

  /** The cursor that a client names; undefined: the one before the oldest. Throws BadCursor. */
  cursor (text) {
    if (text === undefined || text === null) return this.firstSeq - 1
    if (/^\d{1,19}$/.test(text) && BigInt(text) <= MAX_CURSOR) return Number(text)
    const shown = text.length <= 40 ? text : `${text.slice(0, 39)}…`
    throw new BadCursor(`after must be a decimal integer from 0 to ${MAX_CURSOR}, not '${shown}'`)
  }
}

module.exports = { BadCursor, Gap, History }
