// The settings: the JSON that `python -m servers` takes (servers/settings.py), as far as these servers
// have them, and `python`, the interpreter that draws the feed.
'use strict'

/** Bad input: one line on standard error, exit status 2. */
class InputError extends Error {}

// Key: its default, what is expected, and whether a value is that.
const SETTINGS = {
  transports: [undefined, 'a list of names', value => Array.isArray(value) && value.length > 0],
  host: text('127.0.0.1'),
  port: whole(0, 65_535, 0),
  control_port: whole(0, 65_535, 0),
  control_host: text(''),
  feed: [{}, 'an object', value => isObject(value)],
  publishes: flag(true),
  history: whole(1, 10_000_000, 100_000),
  python: text('python3'),
  autostart: flag(false),
  until_stdin_closes: flag(false),
  // Of the answers to polls and of Python's event loops: neither is here.
  headers: text('minimal'),
  loop: text('uvloop'),
  // What these servers lack: a trial whose switch had no effect would be a wrong trial.
  compression: lacking(false),
  batch_s: lacking(0),
  tls: lacking(null)
}

function text (fallback) {
  return [fallback, 'a text', value => typeof value === 'string']
}

function flag (fallback) {
  return [fallback, 'true or false', value => typeof value === 'boolean']
}

function whole (least, most, fallback) {
  const fits = value => Number.isSafeInteger(value) && value >= least && value <= most
  return [fallback, `a whole number from ${least} to ${most}`, fits]
}

function lacking (only) {
  return [only, `${only}, as these servers have no other`, value => value === only]
}

function isObject (value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The settings that `words`, the one argument, hold; transports out of `known`. Throws InputError. */
function read (words, known) {
  if (words.length !== 1) throw new InputError('settings: expected one argument, JSON')
  let given
  try {
    given = JSON.parse(words[0])
  } catch (error) {
    throw new InputError(`settings: ${error.message}`)
  }
  if (!isObject(given)) throw new InputError('settings: expected an object')
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(SETTINGS, key)) throw new InputError(`settings: unknown key '${key}'`)
  }
  const settings = {}
  for (const [key, [fallback, expected, fits]] of Object.entries(SETTINGS)) {
    settings[key] = given[key] === undefined ? fallback : given[key]
    if (!fits(settings[key])) {
      throw new InputError(`${key}: expected ${expected}, not ${JSON.stringify(settings[key])}`)
    }
  }
  for (const name of settings.transports) {
    if (known.includes(name)) continue
    throw new InputError(`transports: expected one of ${known.join(', ')}, not ${JSON.stringify(name)}`)
  }
  return { ...settings, transports: [...new Set(settings.transports)] }
}

module.exports = { InputError, read }
