// The control port: barrier, clock, what the server used, and where its transports are. JSON over HTTP.
'use strict'

const http = require('node:http')
const { callAt, nowNs, usage } = require('./clock')

// From the barrier's opening to the instant from which the trial counts: time for the answers.
const LEAD_NS = 200_000_000n
const MAX_BODY_BYTES = 65_536

/** A request that cannot be served: its status, and why. */
class Refusal extends Error {
  constructor (status, message) {
    super(message)
    this.status = status
  }
}

/** The course of a trial: the workers at its barrier, its window, the readings at the window's two ends. */
class Control {
  constructor (publisher, history, { autostart, loop, libraries, feed }) {
    this.publisher = publisher
    this.history = history
    this.autostart = autostart
    this.feed = feed
    this.about = { loop, libraries }
    this.readings = { ready: usage(), window_start: null, window_end: null }
    this.waiting = [] // resolve functions of the workers at the barrier
    this.plan = ''
    this.server = http.createServer((request, response) => this.#answer(request, response))
    this.server.keepAliveTimeout = 3_600_000
    if (autostart) publisher.start(nowNs())
  }

  /** Lets a worker wait until all have come; gives all of them the same opening. Throws Refusal. */
  async barrier (plan, gone) {
    if (this.publisher.epochNs !== null && !this.autostart) {
      throw new Refusal(409, 'the feed has already started: a server measures one trial')
    }
    const text = JSON.stringify(plan)
    if (this.waiting.length && text !== this.plan) {
      throw new Refusal(409, `the other workers wait with ${this.plan}, not with ${text}`)
    }
    this.plan = text
    return new Promise(resolve => {
      this.waiting.push(resolve)
      gone(() => { this.waiting = this.waiting.filter(each => each !== resolve) })
      if (this.waiting.length < plan.workers) return
      const opening = this.#open(plan)
      for (const each of this.waiting.splice(0)) each(opening)
    })
  }

  #open (plan) {
    const begins = nowNs() + LEAD_NS
    const epoch = this.publisher.epochNs ?? begins
    const start = Number(begins - epoch) + plan.warmup_ns
    Object.assign(this.readings, { window_start: null, window_end: null })
    this.publisher.watch(start, start + plan.duration_ns)
    if (this.publisher.epochNs === null) this.publisher.start(epoch)
    callAt(epoch + BigInt(start), () => { this.readings.window_start = usage() })
    callAt(epoch + BigInt(start + plan.duration_ns), () => { this.readings.window_end = usage() })
    return { epoch_ns: Number(epoch), begins_ns: Number(begins) }
  }

  figures () {
    const { epochNs, lagsNs } = this.publisher
    return {
      ...this.readings,
      now: usage(),
      epoch_ns: epochNs === null ? null : Number(epochNs),
      published: { last_seq: this.history.lastSeq },
      lags_ns: lagsNs,
      ...this.about
    }
  }

  async #answer (request, response) {
    try {
      send(response, 200, await this.#dispatch(request))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      send(response, error.status, { error: error.message })
    }
  }

  async #dispatch (request) {
    switch (`${request.method} ${request.url}`) {
      case 'POST /barrier':
        return this.barrier(await plan(request), whenGone => request.socket.once('close', whenGone))
      case 'GET /clock':
        return { now_ns: Number(nowNs()) }
      case 'GET /figures':
        return this.figures()
      case 'GET /pushbench':
        return { ...this.ready, last_seq: this.history.lastSeq, feed: this.feed }
      default:
        throw new Refusal(404, 'not found')
    }
  }
}

/** What a worker brings to the barrier. Throws Refusal. */
async function plan (request) {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > MAX_BODY_BYTES) throw new Refusal(400, 'not a plan of a trial: too long')
  }
  let given = null
  try {
    given = JSON.parse(text)
  } catch {} // refused below
  const { workers, warmup_ns: warmup, duration_ns: duration } = given ?? {}
  if (![workers, warmup, duration].every(Number.isSafeInteger) ||
      workers < 1 || warmup < 0 || duration < 1) {
    throw new Refusal(400, 'not a plan of a trial: expected workers, warmup_ns, duration_ns')
  }
  return { workers, warmup_ns: warmup, duration_ns: duration }
}

function send (response, status, body) {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store'
  })
  response.end(text)
}

module.exports = { Control }
