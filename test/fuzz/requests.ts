// What a window sends that means no harm to others and follows no rule: requests with right and with wrong parameters,
// answers that nobody waits for, and what is no message.
import { join } from 'node:path'
import fc from 'fast-check'
import { isRecord } from '../../src/core/base/records'
import { type ServiceMethod, serviceMethods } from '../../src/core/protocol/protocol'
import { paramsFor } from './fromSchema'
import { changed, edit, junk, oddNumber, text } from './junk'

/** A request has to be answered; a loose message is one that nobody answers. */
export type Sent = { method: string; params?: unknown } | { loose: unknown }

/** Whose jobs they are: a window that does no wrong beside this one has others. */
export const OWNER = 'fuzz'

const ids = Array.from({ length: 40 }, (_, i) => `0190a000-0000-7000-8000-${String(i).padStart(12, '0')}`)

/** Programs that end at once, files in one folder, and few environments: what is asked for is done. */
export function wordsIn(folder: string) {
  const id = fc.constantFrom(...ids)
  return {
    id,
    worker: id,
    batchId: id,
    ids: fc.array(id, { maxLength: 3 }),
    expanded: fc.array(id, { maxLength: 3 }),
    owner: fc.constant(OWNER),
    environment: fc.constantFrom('one', 'two'),
    hash: fc.constantFrom('one', 'two'),
    vars: fc.constantFrom({ PATH: process.env.PATH }, { PATH: '', API_TOKEN: 'secret' }, {}),
    command: fc.constantFrom(['true'], ['false'], ['echo', 'a'], ['/nonexistent/program'], []),
    wrapper: fc.constantFrom([], ['nice'], ['/nonexistent/wrapper']),
    cwd: fc.constantFrom(folder, join(folder, 'missing')),
    folder: fc.constant(join(folder, 'saved')),
    file: fc.constant(join(folder, 'file')),
    retries: fc.constantFrom(0, 1),
    source: fc.constant(OWNER),
  }
}

/** @returns each with what is to be sent of it */
export function messagesIn(folder: string): fc.Arbitrary<Sent> {
  const words = wordsIn(folder)
  const ofMethod = (method: ServiceMethod) => {
    const right = paramsFor(method, words)
    const params = fc.oneof({ weight: 1, arbitrary: right }, { weight: 2, arbitrary: changed(right) })
    return params.map(value => ({ method, params: placed(harmless(method, value)) }))
  }
  const requests = serviceMethods.map(method => ({ weight: 2, arbitrary: ofMethod(method) }))
  const unknown = fc.record({ method: fc.oneof(text, fc.constant('hello')), params: fc.array(junk, { maxLength: 2 }) })
  const twoParams = fc.record({
    method: fc.constantFrom(...serviceMethods.filter(method => !endsService.has(method) && method !== 'pause')),
    params: fc.tuple(fc.constant({ filter: { owner: OWNER }, progress: 1 }), junk),
  })
  return fc.oneof(...requests, unknown, twoParams, { weight: 4, arbitrary: loose })
}

const jsonrpc = fc.constant('2.0')
const name = fc.constantFrom('$/cancelRequest', '$/progress', '$/setTrace', '$/logTrace', 'events', 'status', 'cancel')
const loose: fc.Arbitrary<Sent> = fc
  .oneof(
    fc.record({ jsonrpc, method: name, params: fc.record({ id: oddNumber, token: text, value: junk }) }),
    fc.record({ jsonrpc, id: fc.oneof(fc.integer({ min: -9, max: -1 }), text), result: junk }),
    fc.record({ jsonrpc, id: fc.oneof(fc.constant(null), text), error: junk }),
    fc.constantFrom(null, 5, 'text', [], [{ jsonrpc: '2.0', id: -1, method: 'status' }], {}),
  )
  .map(message => ({ loose: message }))

/** JSON-RPC has parameters by name, or a list of them. */
function placed(params: unknown): unknown {
  return isRecord(params) ? params : [params]
}

/** The service would end, or begin anew. */
const endsService: ReadonlySet<ServiceMethod> = new Set(['drain', 'restart', 'moveStoreAside'])

/** What it asks for must end, and must not be about the jobs or the service of others. */
function harmless(method: ServiceMethod, params: unknown): unknown {
  if (endsService.has(method)) return [params] // which none of them takes
  if (!isRecord(params)) return params
  if (method === 'pause') return { ...params, paused: params.paused === true ? false : params.paused }
  const { filter } = params
  if (!isRecord(filter)) return params
  const isCostly = method === 'rerun' || method === 'save'
  return { ...params, filter: { ...filter, owner: OWNER, ...(isCostly && { ids: filter.ids ?? ids.slice(0, 2) }) } }
}

/** How a connection ends. What cannot be read ends it from the other side. */
export const ending = fc.oneof(
  { weight: 4, arbitrary: fc.constant('closed' as const) },
  { weight: 4, arbitrary: fc.constant('cut' as const) },
  {
    weight: 10,
    arbitrary: fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.concat([Buffer.from('{x'), bytes, Buffer.from('\n')])),
      fc
        .constantFrom(
          'Content-Length: 20\r\n\r\n{"jsonrpc":"2.0"}',
          '{"jsonrpc":"2.0","id":1,"method":"status"}{"jsonrpc":"2.0"}\n',
          '{"jsonrpc":"2.0","method":"$/cancelRequest"}\n',
          '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":null}}\n',
          '\n',
        )
        .map(Buffer.from),
    ),
  },
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(4.5 * 1024 * 1024, 'x')) },
)

/** How a connection begins. */
export const beginning = fc.oneof(
  { weight: 12, arbitrary: fc.constant('hello' as const) },
  { weight: 1, arbitrary: fc.constant('none' as const) },
  { weight: 1, arbitrary: fc.constant('wrong token' as const) },
  { weight: 2, arbitrary: fc.array(edit, { maxLength: 2 }) },
  {
    weight: 3,
    arbitrary: fc.dictionary(fc.constantFrom('session', 'workspace', 'window', 'version'), junk, { minKeys: 1 }),
  },
)
