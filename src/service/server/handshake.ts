// Whom the job service accepts once it has proved itself: who speaks one of its protocols.
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node'
import type { Hello, Welcome } from '../../core/handshake/hello'
import {
  highestCommon,
  nothingInCommon,
  ownProtocols,
  PROTOCOL_REFUSED,
  type Protocols,
  protocolsOfHello,
} from '../../core/handshake/versions'
import type { Summary } from '../../core/protocol/facts'
import { serviceMethods } from '../../core/protocol/protocol'

/** What the service says of itself, and what a window must know. */
export interface Greeter {
  version: string
  boot: string
  log(message: string): void
}

/** They are kept, stored and shown to other windows. */
const texts = ['version', 'session', 'workspace', 'window'] as const

/** Sessions of the windows whose refusal is in the log: each tries again and again. */
const logged = new Set<string>()

/** Why this window is refused; its connection is to be closed after the answer. */
export function refusalOf(hello: Hello, { log }: Greeter): ResponseError<Protocols | undefined> | undefined {
  const wrong = texts.find(name => typeof hello?.[name] !== 'string')
  if (wrong)
    return new ResponseError(ErrorCodes.InvalidParams, `The job service refuses the hello: ${wrong} must be a string.`)
  const asked = protocolsOfHello(hello)
  if (highestCommon(ownProtocols, asked) !== undefined) return undefined
  const sentence = nothingInCommon(ownProtocols, asked)
  if (!logged.has(hello.session)) log(`Window "${hello.window}" (version ${hello.version}) is refused: ${sentence}`)
  logged.add(hello.session)
  return new ResponseError(PROTOCOL_REFUSED, sentence, ownProtocols)
}

/** The answer to a window that is accepted. */
export function welcomeOf(hello: Hello, { boot, version }: Greeter, summary: Summary): Welcome {
  const protocol = highestCommon(ownProtocols, protocolsOfHello(hello)) ?? ownProtocols.max
  return { protocol, methods: serviceMethods, version, boot, pid: process.pid, now: Date.now(), summary }
}
