// Socket.IO: the cursor comes with CONNECT (`auth`), each event is an "event", an echo is acknowledged.
'use strict'

const http = require('node:http')
const { Server } = require('socket.io')
const { BadCursor, Gap } = require('./history')

const BACKLOG = 4096
const FEED = 'feed' // the room of those who have caught up
const CATCH_UP_TURN = 256
const MAX_INCOMING_BYTES = 65_536
const CHECK_EACH_MS = 1000
const MAX_WAITING_PACKETS = 10_000

/** One transport of Socket.IO, `websocket` or `polling`, without an upgrade to the other. */
class SocketIoServer {
  constructor (history, transport) {
    this.history = history
    this.http = http.createServer()
    this.http.keepAliveTimeout = 3_600_000 // a cut connection would be charged to polling
    this.io = new Server(this.http, {
      transports: [transport],
      allowUpgrades: false,
      serveClient: false,
      perMessageDeflate: false,
      httpCompression: false,
      maxHttpBufferSize: MAX_INCOMING_BYTES
    })
    this.io.use((socket, next) => this.#check(socket, next))
    this.io.on('connection', socket => this.#welcome(socket))
    history.listen(event => this.io.to(FEED).emit('event', parsed(event)))
    this.watch = setInterval(() => this.#leaveSlowReaders(), CHECK_EACH_MS).unref()
  }

  listen (port, host) {
    return new Promise((resolve, reject) => {
      this.http.once('error', reject)
      this.http.listen({ port, host, backlog: BACKLOG }, () => resolve(this.http.address()))
    })
  }

  close () {
    clearInterval(this.watch)
    this.io.close()
    this.http.closeAllConnections()
  }

  /** Refuse the connection to the namespace where the cursor is bad; the error goes to the client. */
  #check (socket, next) {
    const { after } = socket.handshake.auth ?? {}
    try {
      socket.data.after = this.history.cursor(after === undefined ? after : String(after))
      next()
    } catch (error) {
      if (!(error instanceof BadCursor)) throw error
      next(error)
    }
  }

  #welcome (socket) {
    socket.on('echo', (text, acknowledge) => {
      if (typeof text === 'string' && typeof acknowledge === 'function') {
        acknowledge(`${text.toUpperCase()}!!!`)
      }
    })
    this.#catchUp(socket, socket.data.after)
  }

  /** Send all that came after the cursor; the last of it and joining are one step, so nothing is lost. */
  #catchUp (socket, after) {
    if (!socket.connected) return
    try {
      const events = this.history.since(after, CATCH_UP_TURN)
      for (const event of events) socket.emit('event', parsed(event))
      if (events.length < CATCH_UP_TURN) return socket.join(FEED)
      setImmediate(() => this.#catchUp(socket, events.at(-1).seq))
    } catch (error) {
      if (!(error instanceof Gap)) throw error
      socket.emit('gap', error.facts)
      socket.disconnect()
    }
  }

  #leaveSlowReaders () {
    for (const socket of this.io.of('/').sockets.values()) {
      if (socket.conn.writeBuffer.length > MAX_WAITING_PACKETS) socket.disconnect(true)
    }
  }
}

/** The event as Socket.IO takes it: an object, which it writes as JSON again, key by key in order. */
function parsed (event) {
  event.data ??= JSON.parse(event.text)
  return event.data
}

module.exports = { SocketIoServer }
