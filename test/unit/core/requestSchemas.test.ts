// What the job service accepts as parameters of its requests, and the sentences of what it refuses.
import type * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type LongMethod, longRequests } from '../../../src/core/protocol/longRequests'
import { type ServiceApi, type ServiceMethod, serviceMethods } from '../../../src/core/protocol/protocol'
import { type ParamsOf, paramsProblem, type requestSchemas } from '../../../src/core/protocol/requestSchemas'
import { goodParams, wrongParams } from '../../support/requestParams'

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T
type Schemas = typeof requestSchemas

/** Methods of which a window may send parameters, by their type, that the schema would refuse. */
type TooStrict = {
  [M in ServiceMethod]: ParamsOf<M> extends DeepReadonly<v.InferOutput<Schemas[M]>> ? never : M
}[ServiceMethod]

/** Methods whose work can be followed and stopped. */
type WithWork = {
  [M in ServiceMethod]: 2 extends Parameters<ServiceApi[M]>['length'] ? M : never
}[ServiceMethod]

const spec = { id: 'j', name: 'n', command: ['true'], cwd: '/' }

function submitted(job: object): string | undefined {
  return paramsProblem('submit', { owner: 'o', environment: 'e', jobs: [spec, { ...spec, ...job }] })
}

describe('schemas', () => {
  it('take all that the types of the requests allow', () => {
    expectTypeOf<TooStrict>().toBeNever()
  })

  it('know each request that may take long', () => {
    expectTypeOf<WithWork>().toEqualTypeOf<LongMethod>()
    for (const method of Object.keys(longRequests) as LongMethod[])
      for (const params of goodParams[method])
        expect(paramsProblem(method, { ...params, progress: 'x' })).toMatch('progress')
  })

  it.each(serviceMethods)('take parameters of %s', method => {
    for (const params of goodParams[method]) expect(paramsProblem(method, params)).toBeUndefined()
  })

  it.each(serviceMethods)('refuse wrong parameters of %s with a sentence that names it', method => {
    for (const params of wrongParams[method])
      expect(paramsProblem(method, params)).toMatch(
        new RegExp(`^The job service refuses the request "${method}": .+ must be .+\\.$`),
      )
  })

  it('leave alone what they do not know', () => {
    expect(submitted({ gpus: 2, keepAlive: { warm: true } })).toBeUndefined()
    expect(paramsProblem('cancel', { filter: { all: true, newer: 1 }, progress: 7, more: [] })).toBeUndefined()
  })

  it('leave names of variables alone, whichever they are', () => {
    const vars = JSON.parse('{ "__proto__": "a", "constructor": "b" }') as Record<string, string>
    expect(paramsProblem('useEnvironment', { hash: 'h', vars, secretNames: [] })).toBeUndefined()
    expect(submitted({ env: JSON.parse('{ "__proto__": 5 }') })).toMatch(/jobs\[1\]\.env must be/)
  })
})

describe('sentences', () => {
  it.each([
    [{ id: 7 }, 'jobs[1].id must be a string'],
    [{ command: 'true' }, 'jobs[1].command must be an array of strings'],
    [{ command: ['sh', null] }, 'jobs[1].command[1] must be a string'],
    [{ env: { TOKEN: 12345 } }, 'jobs[1].env must be an object of strings and nulls'],
    [{ stdin: { txt: 'a' } }, 'jobs[1].stdin must be { text }, { base64 }, { file } or { ask }'],
    [{ stdout: 'number' }, 'jobs[1].stdout must be "bytes", "text", "json", "function" or { file }'],
    [{ stderr: {} }, 'jobs[1].stderr.file must be a string'],
    [{ protocol: 'raw' }, 'jobs[1].protocol must be "lines" or "frames"'],
    [{ keepAlive: [] }, 'jobs[1].keepAlive must be an object'],
    [{ timeoutSeconds: null }, 'jobs[1].timeoutSeconds must be a number'],
    [{ keep: false }, 'jobs[1].keep must be true or be left out'],
  ])('for a job with %j', (job, sentence) => {
    expect(submitted(job)).toBe(`The job service refuses the request "submit": ${sentence}.`)
  })

  it.each<[ServiceMethod, unknown, string]>([
    ['submit', { owner: 'o', environment: 'e' }, 'jobs must be an array of job specs'],
    ['pause', undefined, 'its parameter must be an object'],
    ['pause', {}, 'paused must be true or false'],
    ['cancel', { filter: [] }, 'filter must be an object'],
    ['cancel', { filter: { states: ['gone'] } }, 'filter.states[0] must be a state of a job'],
    ['setBatchConcurrency', { id: 'b', concurrency: 0 }, 'concurrency must be a whole number of 1 or more'],
    ['output', { id: 'j', stream: 'stdout', offset: -1, length: 1 }, 'offset must be a whole number of 0 or more'],
    ['status', {}, 'its parameter must be null'],
  ])('for %s with %j', (method, params, sentence) => {
    expect(paramsProblem(method, params)).toBe(`The job service refuses the request "${method}": ${sentence}.`)
  })
})
