// Which protocol a window and a job service of different versions speak with each other, and what both say when they have
// none in common.
import { t } from '@vscode/l10n'
import { type Hello, MIN_PROTOCOL, PROTOCOL_VERSION } from './hello'

export interface Protocols {
  readonly min: number
  readonly max: number
}

export const ownProtocols: Protocols = { min: MIN_PROTOCOL, max: PROTOCOL_VERSION }

/** The code of the error with which a service refuses a window for its protocols; `data` are its own. */
export const PROTOCOL_REFUSED = 3

export function protocolsOfHello({ protocol, minProtocol = protocol }: Hello): Protocols {
  return { min: minProtocol, max: protocol }
}

export function highestCommon(one: Protocols, other: Protocols): number | undefined {
  const max = Math.min(one.max, other.max)
  return max >= Math.max(one.min, other.min) ? max : undefined
}

/** A service of protocol 4 says its only one in its sentence, and refuses every other. */
const SAYS_ONE = /^The job service speaks protocol (\d+),/

/** What a service speaks that has refused a window for its protocols. */
export function protocolsOfRefusal(data: unknown, sentence: string): Protocols | undefined {
  const { min, max } = (data ?? {}) as Partial<Protocols>
  if (typeof min === 'number' && typeof max === 'number') return { min, max }
  const only = SAYS_ONE.exec(sentence)?.[1]
  return only === undefined ? undefined : { min: Number(only), max: Number(only) }
}

/** For a user whose window and job service have no protocol in common: what to do. */
export function nothingInCommon(service: Protocols, window: Protocols): string {
  const both = t`it speaks protocol ${rangeText(service)}, this window ${rangeText(window)}`
  return service.max < window.min
    ? t`The job service is of a version of Headless Jobs that is too old for this window (${both}): reload the windows of the older version; a minute after its last job it ends, and this window can start a newer one.`
    : t`The job service is of a version of Headless Jobs that is too new for this window (${both}): reload this window, or update the extension if that does not help.`
}

function rangeText({ min, max }: Protocols): string {
  return min === max ? String(min) : t`${min} to ${max}`
}
