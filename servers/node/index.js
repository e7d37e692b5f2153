// A server process: from its settings to a feed that clients can reach, and to its end.
'use strict'

const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { Control } = require('./control')
const { Feed, NoFeed } = require('./feed')
const { History } = require('./history')
const { InputError, read } = require('./settings')
const { Publisher } = require('./publisher')

// Name: the package it is served with, its server, its URL, and where it answers texts.
const TRANSPORTS = {
  'websocket@nodejs-websocket': {
    library: 'nodejs-websocket',
    make: history => new (require('./websocket').WebSocketServer)(history),
    url: address => `ws://${address}/websocket`,
    echo: address => `ws://${address}/echo`
  },
  'socketio-websocket@node': {
    library: 'socket.io',
    make: history => new (require('./socketio').SocketIoServer)(history, 'websocket'),
    url: address => `ws://${address}/socket.io/`,
    echo: address => `ws://${address}/socket.io/`
  },
  'socketio-polling@node': {
    library: 'socket.io',
    make: history => new (require('./socketio').SocketIoServer)(history, 'polling'),
    url: address => `http://${address}/socket.io/`,
    echo: address => `http://${address}/socket.io/`
  }
}

async function main () {
  const settings = read(process.argv.slice(2), Object.keys(TRANSPORTS))
  const feed = settings.publishes ? new Feed(settings.python, settings.feed) : new NoFeed()
  await feed.ready()
  const history = new History(settings.history)
  const publisher = new Publisher(feed, history)
  await publisher.alarm.ready()
  const { urls, echo, libraries, close } = await opened(settings, history)
  const loop = `node ${process.versions.node}, libuv ${process.versions.uv}`
  const facts = { autostart: settings.autostart, loop, libraries, feed: settings.feed }
  const control = new Control(publisher, history, facts)
  const address = await listening(control.server, settings.control_port, settings.control_host || settings.host)
  const url = `http://${joined(address)}`
  control.ready = { pushbench: 'ready', pid: process.pid, urls, echo, control: url, loop, libraries }
  process.stdout.write(`${JSON.stringify(control.ready)}\n`)
  endWith(settings, async () => {
    close()
    control.server.close()
    control.server.closeAllConnections()
    feed.close()
    await publisher.close()
    process.exit(0)
  })
}

/** Every transport listens: its URLs, the versions of the packages, and how to close them all. */
async function opened ({ transports, host, port }, history) {
  const servers = transports.map(name => TRANSPORTS[name].make(history))
  const urls = {}
  const echo = {}
  for (const [index, name] of transports.entries()) {
    const own = port === 0 ? 0 : port + index
    const address = await servers[index].listen(own, host).catch(error => { throw taken(error, host, own) })
    urls[name] = TRANSPORTS[name].url(joined(address))
    echo[name] = TRANSPORTS[name].echo(joined(address))
  }
  const names = new Set(transports.map(name => TRANSPORTS[name].library))
  const libraries = Object.fromEntries([...names].map(name => [name, version(name)]))
  return { urls, echo, libraries, close: () => servers.forEach(each => each.close()) }
}

function listening (server, port, host) {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(taken(error, host, port)))
    server.listen({ port, host }, () => resolve(server.address()))
  })
}

function taken (error, host, port) {
  const why = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message
  const told = new Error(`cannot listen on ${joined({ address: host, port })}: ${why}`)
  return Object.assign(told, { status: 3 })
}

function joined ({ address, port }) {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Of an installed package; not by require(), as a package may keep its package.json to itself. */
function version (name) {
  return JSON.parse(readFileSync(join(__dirname, 'node_modules', name, 'package.json'))).version
}

function endWith (settings, end) {
  process.once('SIGINT', end).once('SIGTERM', end)
  if (settings.until_stdin_closes) process.stdin.once('end', end).once('error', end).resume()
}

main().catch(error => {
  const status = error instanceof InputError ? 2 : error.status
  if (status === undefined) throw error
  process.stderr.write(`${error.message.replace(/\s+/g, ' ')}\n`)
  process.exit(status)
})
