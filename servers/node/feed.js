// The feed, drawn by Python: the same bytes and due times that all other servers push.
'use strict'

const { spawn } = require('node:child_process')
const { InputError } = require('./settings')

// Events read before they are due; the full pipe blocks the renderer meanwhile.
const AHEAD = 4096

/** Events to come, in order: { seq, due, text }. `python -m feed` writes them, one a line. */
class Feed {
  constructor (python, spec) {
    this.coming = []
    this.next = 0 // of `coming`
    this.rest = ''
    this.onMore = () => {}
    this.renderer = spawn(python, ['-m', 'feed', JSON.stringify(spec)], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.renderer.stdout.setEncoding('utf8')
    this.renderer.stdout.on('data', chunk => this.#take(chunk))
  }

  /** Resolves with the first event there, or the feed's end. Rejects with InputError. */
  async ready () {
    let complaint = ''
    this.renderer.stderr.setEncoding('utf8').on('data', text => { complaint += text })
    await new Promise((resolve, reject) => {
      this.onMore = resolve
      this.renderer.on('error', error => reject(new InputError(`python: ${error.message}`)))
      this.renderer.on('close', code => {
        if (code) reject(new InputError(`${complaint.trim().split('\n').at(-1)}`))
        else resolve() // a short trace, whose lines are all here
      })
    })
    this.onMore = () => {}
  }

  /** The next event, which stays the next one; undefined where none is there yet, or none is left. */
  peek () {
    return this.coming[this.next]
  }

  shift () {
    const event = this.coming[this.next++]
    if (this.next >= AHEAD / 2) { // no array is moved for each event
      this.coming = this.coming.slice(this.next)
      this.next = 0
      this.renderer.stdout.resume()
    }
    return event
  }

  close () {
    this.renderer.stdout.destroy()
    this.renderer.kill()
  }

  #take (chunk) {
    const lines = (this.rest + chunk).split('\n')
    this.rest = lines.pop()
    for (const text of lines) {
      const { seq, due } = JSON.parse(text)
      this.coming.push({ seq, due, text })
    }
    if (this.coming.length - this.next >= AHEAD) this.renderer.stdout.pause()
    if (lines.length) this.onMore()
  }
}

/** For an echo alone: nothing is ever published. */
class NoFeed {
  async ready () {}

  peek () {}

  close () {}
}

module.exports = { Feed, NoFeed }
