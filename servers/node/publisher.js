// The publisher: appends each event of the feed to the history when it is due, and never before.
'use strict'

const { Alarm } = require('./alarm')
const { nowNs } = require('./clock')

// It appends for at most this long at a stretch, then leaves the loop to its sockets.
const TURN_NS = 2_000_000

/** A late event is appended at once, with the `due` it was planned for: the feed is never shifted. */
class Publisher {
  constructor (feed, history) {
    this.feed = feed
    this.history = history
    this.alarm = new Alarm(() => this.#publish())
    this.epochNs = null
    this.watch(0, 0)
  }

  /** Publish from this instant on; call once. */
  start (epochNs) {
    this.epochNs = epochNs
    this.feed.onMore = () => { if (this.starved) this.#publish() }
    this.#publish()
  }

  /** From now on, keep appended - due of the events that are due from `start` to before `end`. */
  watch (start, end) {
    this.window = { start, end }
    this.lagsNs = []
  }

  #publish () {
    let now = this.#sinceEpoch()
    const turnEnds = now + TURN_NS
    let event
    while ((event = this.feed.peek()) && event.due <= now) {
      if (now > turnEnds) return setImmediate(() => this.#publish())
      this.#note(event, now)
      this.history.append(this.feed.shift())
      now = this.#sinceEpoch()
    }
    this.starved = event === undefined
    if (event) this.alarm.set(this.epochNs + BigInt(event.due))
  }

  #note ({ due }, now) {
    if (due < this.window.start || due >= this.window.end) return
    this.lagsNs.push(now - due)
  }

  #sinceEpoch () {
    return Number(nowNs() - this.epochNs)
  }

  close () {
    return this.alarm.close()
  }
}

module.exports = { Publisher }
