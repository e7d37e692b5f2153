// WebSocket on the package nodejs-websocket: the feed at /websocket?after=N, the echo at /echo.
'use strict'

const { isUtf8 } = require('node:buffer')
const ws = require('nodejs-websocket')
const Connection = require('nodejs-websocket/Connection')
const { createPongFrame } = require('nodejs-websocket/frame')
const { BadCursor, Gap } = require('./history')

const ECHO_PROTOCOL = 'echo.pushbench'
const MAX_INCOMING_BYTES = 65_536
const BACKLOG = 4096
// As in Python: a reader that leaves more than this unsent for longer than the grace is closed.
const BUFFER_BYTES = 4 * 1024 * 1024
const GRACE_NS = 1_000_000_000n
const CLOSE_MS = 300
// While it catches up, a connection leaves the loop to the others after this many events.
const CATCH_UP_TURN = 256

const PING = 9
const OUT_OF_DATA = 1003
const NOT_UTF8 = 1007
const TOO_BIG = 1009
const TRY_AGAIN_LATER = 1013
const GAP = 4410

// The package answers a handshake by itself, takes text that is no UTF-8, and decodes a ping's
// bytes as UTF-8, so that its pong is not the one that is waited for (RFC 6455, section 5.5.3). Both of
// its methods are wrapped here, as it has no other hook.
const { answerHandshake, processFrame } = Connection.prototype

Connection.prototype.answerHandshake = function (lines) {
  const refused = this.server.check?.(lines)
  if (!refused) return answerHandshake.call(this, lines)
  const [status, reason] = refused
  const body = `${reason}\n`
  this.socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
  this.socket.end = () => this.socket // the package would add a bare 400 of its own
  return false
}

Connection.prototype.processFrame = function (fin, opcode, payload) {
  if (payload.length > MAX_INCOMING_BYTES) {
    return closed(this, TOO_BIG, `at most ${MAX_INCOMING_BYTES} bytes a message`)
  }
  if (opcode === PING) {
    if (this.readyState === this.OPEN) this.socket.write(createPongFrame(payload, false))
    return true
  }
  if (opcode === 1 && fin && !isUtf8(payload)) return closed(this, NOT_UTF8, 'not UTF-8')
  return processFrame.call(this, fin, opcode, payload)
}

function closed (connection, code, reason) {
  if (connection.readyState === connection.OPEN) connection.close(code, reason)
  return true
}

/** The feed and the echo on one port. */
class WebSocketServer {
  constructor (history) {
    this.history = history
    this.joined = new Set()
    ws.setMaxBufferLength(MAX_INCOMING_BYTES + 14) // with the longest frame header
    this.server = ws.createServer({ noDelay: true, selectProtocol }, each => this.#welcome(each))
    this.server.check = lines => this.#check(lines)
    history.listen(event => this.#fanOut(event.text))
  }

  listen (port, host) {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      this.server.socket.listen({ port, host, backlog: BACKLOG }, () => {
        resolve(this.server.socket.address())
      })
    })
  }

  close () {
    for (const connection of this.server.connections) connection.close(1001)
    this.server.close()
  }

  /** Why a handshake is refused, [status, reason]; null lets it pass. */
  #check (lines) {
    const { pathname, searchParams } = target(lines)
    if (pathname === '/echo') return checkProtocol(lines)
    if (pathname !== '/websocket') return ['404 Not Found', 'the feed is at /websocket']
    try {
      this.history.cursor(searchParams.get('after'))
      return null
    } catch (error) {
      if (!(error instanceof BadCursor)) throw error
      return ['400 Bad Request', error.message]
    }
  }

  #welcome (connection) {
    connection.on('error', () => {}) // the package ends it, and emits `close`
    connection.on('close', () => {
      this.joined.delete(connection)
      connection.socket.end() // the package leaves it open after a client's close frame
    })
    const { pathname, searchParams } = new URL(connection.path, 'ws://host')
    if (pathname === '/echo') echo(connection)
    else this.#catchUp(connection, this.history.cursor(searchParams.get('after')))
  }

  /** Send all that came after the cursor; the last of it and joining are one step, so nothing is lost. */
  #catchUp (connection, after) {
    if (connection.readyState !== connection.OPEN) return
    try {
      const events = this.history.since(after, CATCH_UP_TURN)
      for (const { text } of events) connection.sendText(text)
      if (events.length < CATCH_UP_TURN) return this.joined.add(connection)
      const next = () => this.#catchUp(connection, events.at(-1).seq)
      if (connection.socket.writableNeedDrain) connection.socket.once('drain', next)
      else setImmediate(next)
    } catch (error) {
      if (!(error instanceof Gap)) throw error
      connection.close(GAP, error.message)
    }
  }

  #fanOut (text) {
    for (const connection of this.joined) {
      connection.sendText(text)
      if (connection.socket.writableLength > BUFFER_BYTES) this.#warn(connection)
      else connection.behindSince = undefined
    }
  }

  #warn (connection) {
    const now = process.hrtime.bigint()
    connection.behindSince ??= now
    if (now - connection.behindSince < GRACE_NS) return
    const waiting = connection.socket.writableLength
    connection.close(TRY_AGAIN_LATER, `reads too slowly: ${waiting} bytes wait`)
    setTimeout(() => connection.socket.destroy(), CLOSE_MS)
  }
}

/** Each text comes back upper-cased, with three exclamation marks. */
function echo (connection) {
  connection.on('text', text => {
    if (connection.readyState === connection.OPEN) connection.sendText(`${text.toUpperCase()}!!!`)
  })
  connection.on('binary', stream => {
    stream.resume()
    closed(connection, OUT_OF_DATA, 'expected text, not binary data')
  })
}

function checkProtocol (lines) {
  const asked = protocols(lines)
  if (!asked.length || asked.includes(ECHO_PROTOCOL)) return null
  return ['400 Bad Request', `asked for ${asked.join(', ')}; offered: ${ECHO_PROTOCOL}`]
}

function selectProtocol (connection, asked) {
  const echoes = new URL(connection.path, 'ws://host').pathname === '/echo'
  return echoes && asked.includes(ECHO_PROTOCOL) ? ECHO_PROTOCOL : undefined
}

function protocols (lines) {
  const given = lines.map(line => /^sec-websocket-protocol: *(.+)$/i.exec(line)).find(Boolean)
  return given ? given[1].split(',').map(each => each.trim()) : []
}

/** Of the request line; a path that is none counts as an unknown one. */
function target (lines) {
  try {
    return new URL(lines[0].split(' ')[1], 'ws://host')
  } catch {
    return new URL('ws://host/')
  }
}

module.exports = { WebSocketServer }
