// Parameters of every method of the job service: some that it accepts, and some that it refuses.

import type { ServiceMethod } from '../../src/core/protocol/protocol'
import type { ParamsOf } from '../../src/core/protocol/requestSchemas'
import { defaultSettings } from '../../src/core/protocol/settingsTable'

const spec = { id: 'j', name: 'n', command: ['true'], cwd: '/' }
const filter = { all: true as const }
const id = 'j'
const noFilter = [{}, { filter: null }, { filter: { ids: 'j' } }, { filter, progress: 'a' }]
const noId = [null, {}, { id: 5 }]

export const goodParams: { readonly [M in ServiceMethod]: readonly ParamsOf<M>[] } = {
  useEnvironment: [{ hash: 'h', vars: { PATH: '/bin' }, secretNames: ['A'] }],
  submit: [
    { owner: 'o', environment: 'e', jobs: [] },
    { owner: 'o', environment: 'e', batch: { id: 'b', name: 'n', concurrency: 2 }, jobs: [spec] },
    {
      owner: 'o',
      environment: 'e',
      jobs: [
        { ...spec, shell: 'bash', env: { A: 'a', B: null }, stdin: { text: '' }, stdout: 'json', okExitCodes: [0] },
        { ...spec, resultHandler: { id: 'a.b/c' } },
        { ...spec, resultHandler: { id: 'a.b/c', context: { any: [1] } } },
        { ...spec, stdin: { ask: true, handler: { id: 'a.b/c', context: null } } },
        { ...spec, shell: true, stdin: { ask: true }, stdout: { file: 'o' }, stderr: { file: 'e' }, keep: true },
        { ...spec, protocol: 'frames', stdin: { file: 'f', owned: true, arrays: true }, keepAlive: { max: 1 } },
        { ...spec, wrapper: ['nice'], stdin: { base64: '' }, queue: 'local', priority: -1, cores: 2, retries: 0 },
      ],
    },
  ],
  sealBatch: [{ id, sealed: 'cut' }],
  setBatchConcurrency: [{ id, concurrency: 1 }],
  sync: [{ ids: [] }, { ids: [id] }],
  provideInput: [
    {
      answers: [
        { id, input: { text: 'a' } },
        { id, error: 'It has thrown.' },
        { id, returned: true },
      ],
    },
  ],
  finished: [{ answers: [{ id }, { id, error: { kind: 'parse', message: 'No JSON.' } }] }],
  cancel: [{ filter }, { filter: { ids: [id], owner: 'o', states: ['queued'] }, reason: 'r' }],
  rerun: [
    { filter, environment: 'e' },
    { filter, environment: 'e', changes: { command: ['false'], cwd: '/tmp' } },
  ],
  setPriority: [{ filter, priority: -3 }],
  highestPriority: [null],
  clear: [{ filter, unsaved: 'keep' }],
  save: [{ filter: { batchId: 'b', has: 'result' }, folder: '/tmp', which: 'unsaved' }],
  list: [{ filter: {} }, { filter: { limit: 10, after: id } }],
  outline: [{ filter, after: 5 }],
  findJobs: [{ text: '' }, { text: 'state:failed exit:>0' }],
  attempts: [{ id }, { id, before: 2 }],
  place: [{ id }],
  getBatch: [{ id }],
  batchNames: [{ text: 'smooth' }],
  batchResults: [{ id }, { id, after: 5 }],
  offerHandlers: [{ results: [] }, { results: ['a.b/c'], inputs: ['a.b/d'] }],
  delivered: [{ answers: [{ id }, { id, round: 2, error: 'It has thrown.' }, { id, returned: true }] }],
  deliverAgain: [{}, { ids: [id] }],
  endedMeanwhile: [null],
  getSpec: [{ id }],
  getEnded: [{ id }],
  startWorker: [{ id, owner: 'o', environment: 'e', spec: { ...spec, protocol: 'lines' } }],
  request: [{ worker: 'w', request: { id, input: { base64: '', arrays: true }, timeoutMs: 5 } }],
  cancelRequests: [{ worker: 'w', ids: [id] }],
  releaseReplies: [{ worker: 'w', ids: [id] }],
  stopWorkers: [{}, { ids: ['w'] }],
  output: [{ id, stream: 'stderr', offset: 0, length: 10, attempt: 1 }],
  pause: [{ paused: true }],
  configure: [
    { source: 's', settings: defaultSettings, chosen: true },
    { source: 's', settings: { niceness: 1 } },
  ],
  watchRows: [
    { id: 'v', query: null },
    { id: 'v', query: { from: 0, count: 10, expanded: ['b'] } },
    {
      id: 'v',
      query: { from: 0, count: 1, expanded: [], find: { text: '', order: 'matters', group: 'state' }, serial: 1 },
    },
  ],
  status: [null],
  report: [null],
  restart: [{ when: 'now' }, { when: 'idle' }],
  moveStoreAside: [null],
  drain: [null],
}

export const wrongParams: { readonly [M in ServiceMethod]: readonly unknown[] } = {
  useEnvironment: [null, { hash: 'h', vars: [], secretNames: [] }, { hash: 'h', vars: { A: 1 }, secretNames: [] }],
  submit: [
    null,
    { owner: 'o', environment: 'e', jobs: {} },
    { owner: 'o', environment: 'e', jobs: [null] },
    { owner: 'o', environment: 'e', jobs: [{ ...spec, command: 'true' }] },
    { owner: 'o', environment: 'e', jobs: [spec], batch: { id: 'b', name: 'n', concurrency: 0.5 } },
    { owner: 'o', environment: 'e', jobs: [{ ...spec, resultHandler: 'a.b/c' }] },
    { owner: 'o', environment: 'e', jobs: [{ ...spec, stdin: { ask: true, handler: { context: 1 } } }] },
  ],
  sealBatch: [...noId, { id, sealed: 'open' }],
  setBatchConcurrency: [...noId, { id, concurrency: '2' }],
  sync: [{}, { ids: [1] }],
  provideInput: [
    { answers: [{ id, returned: false }] },
    { answers: {} },
    { answers: [{ id, input: 'a' }] },
    { answers: [{ id, error: {} }] },
  ],
  finished: [{}, { answers: [{ id, error: 'No JSON.' }] }],
  cancel: [...noFilter, { filter, reason: 5 }],
  rerun: [...noFilter, { filter, environment: 'e', changes: { command: 'false' } }],
  setPriority: [...noFilter, { filter }, { filter, priority: 0.5 }],
  highestPriority: [{}, 'now'],
  clear: [...noFilter, { filter, unsaved: true }],
  save: [...noFilter, { filter, folder: 5 }, { filter, folder: '/tmp', which: 'all' }],
  list: [...noFilter, { filter: { limit: '10' } }],
  outline: [...noFilter, { filter, after: 'j' }],
  findJobs: [null, {}, { text: 5 }, { text: ['a'] }],
  attempts: [...noId, { id, before: 'j' }],
  place: noId,
  getBatch: noId,
  batchNames: [null, {}, { text: 5 }],
  batchResults: [...noId, { id, after: -1 }],
  offerHandlers: [null, {}, { results: [5], inputs: [] }, { results: [], inputs: {} }],
  delivered: [{}, { answers: [null] }, { answers: [{ id, round: 'a' }] }, { answers: [{ id, returned: false }] }],
  deliverAgain: [null, { ids: id }],
  endedMeanwhile: [{}, 'now'],
  getSpec: noId,
  getEnded: noId,
  startWorker: [...noId, { id, owner: 'o', environment: 'e', spec: { ...spec, cwd: null } }],
  request: [{ worker: 'w' }, { worker: 'w', request: { id } }, { worker: 'w', request: { id, input: {} } }],
  cancelRequests: [{ worker: 'w' }, { worker: 5, ids: [] }],
  releaseReplies: [{ worker: 'w', ids: id }],
  stopWorkers: [null, [], { ids: null }],
  output: [...noId, { id, stream: 'stdin', offset: 0, length: 1 }, { id, stream: 'stdout', offset: 0.5, length: 1 }],
  pause: [null, { paused: 1 }],
  configure: [
    { source: 's' },
    ...Object.keys(defaultSettings).map(name => ({ source: 's', settings: { ...defaultSettings, [name]: null } })),
    { source: 's', settings: { ...defaultSettings, afterServiceCrash: 'go' } },
  ],
  watchRows: [
    null,
    { query: null },
    { id: 'v', query: 5 },
    { id: 'v', query: { from: -1, count: 1, expanded: [] } },
    { id: 'v', query: { from: 0, count: 1, expanded: [1] } },
  ],
  status: [{}, 'now'],
  report: [{}],
  restart: [null, {}, { when: 'later' }],
  moveStoreAside: [{}, true],
  drain: [{}, true],
}
