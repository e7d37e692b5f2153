// The command line: the options of `python -m servers`, as far as these servers have them.
'use strict'

const { parseArgs } = require('node:util')

const OPTIONS = {
  transport: { type: 'string', multiple: true, default: [] },
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '0' },
  'control-port': { type: 'string', default: '0' },
  'control-host': { type: 'string', default: '' },
  feed: { type: 'string', default: '{}' },
  history: { type: 'string', default: '100000' },
  python: { type: 'string', default: 'python3' },
  autostart: { type: 'boolean', default: false },
  'no-feed': { type: 'boolean', default: false },
  'until-stdin-closes': { type: 'boolean', default: false }
}

/** Bad input: told in one line, exit status 2. */
class InputError extends Error {}

/** The options as numbers and texts; transports: names out of `known`. Throws InputError. */
function read (words, known) {
  let values
  try {
    values = parseArgs({ args: words, options: OPTIONS }).values
  } catch (error) {
    throw new InputError(error.message.split('\n')[0])
  }
  const expected = `expected one of ${known.join(', ')}`
  if (values.transport.length === 0) throw new InputError(`--transport: ${expected}`)
  for (const name of values.transport) {
    if (!known.includes(name)) throw new InputError(`--transport: ${expected}, not '${name}'`)
  }
  return {
    transports: [...new Set(values.transport)],
    host: values.host,
    port: whole(values, 'port', 0, 65535),
    controlPort: whole(values, 'control-port', 0, 65535),
    controlHost: values['control-host'] || values.host,
    feed: values.feed,
    history: whole(values, 'history', 1, 10_000_000),
    python: values.python,
    autostart: values.autostart,
    publishes: !values['no-feed'],
    untilStdinCloses: values['until-stdin-closes']
  }
}

function whole (values, name, least, most) {
  const text = values[name]
  const number = /^\d{1,9}$/.test(text) ? Number(text) : -1
  if (number < least || number > most) {
    throw new InputError(`--${name}: expected a whole number from ${least} to ${most}, not '${text}'`)
  }
  return number
}

module.exports = { InputError, read }
