import { describe, expect, it } from 'vitest'
import { checkBatchOptions, checkFilter, checkInput, checkSpec } from '../../../src/client/values/checkSpec'

const bad: [unknown, string][] = [
  [undefined, 'Job must be an object.'],
  [{}, 'Job: command is missing.'],
  [{ command: [] }, 'Job: command must be an array of at least one string.'],
  [{ command: 'ls' }, 'Job: command must be an array of at least one string.'],
  [{ command: ['ls', 3] }, 'Job: command must be an array of strings.'],
  [{ command: ['', 'x'] }, 'Job: command must not begin with an empty word.'],
  [{ command: ['a', 'b'], shell: true }, 'Job: command must have one word, a line for the shell, when shell is set.'],
  [{ command: ['a'], shell: 3 }, 'Job: shell must be a boolean or the name of a shell.'],
  [{ command: ['a'], cwd: '' }, 'Job: cwd must be a string that is not empty.'],
  [{ command: ['a'], env: { A: 1 } }, 'Job: env must have a string or null for A.'],
  [{ command: ['a'], env: { 'A=B': '' } }, 'Job: env has a name that no environment can hold: "A=B".'],
  [{ command: ['a'], env: { A: 'x\0y' } }, 'Job: env has a NUL character in A.'],
  [
    { command: ['a'], stdin: 3 },
    'Job: stdin must be a string, an ArrayBuffer or a view of one, { file }, { json }, { value }, { handler } or a function.',
  ],
  [{ command: ['a'], stdout: 'lines' }, "Job: stdout must be 'bytes', 'text', 'json', { file } or a function."],
  [{ command: ['a'], stdout: { file: '' } }, "Job: stdout must be 'bytes', 'text', 'json', { file } or a function."],
  [{ command: ['a'], queue: 'gpu' }, 'Job: queue names a queue that there is not: "gpu"; there is "local".'],
  [{ command: ['a'], cores: 0 }, 'Job: cores must be an integer of at least 1.'],
  [{ command: ['a'], cores: 2 ** 53 }, 'Job: cores must not be larger than 9007199254740991 in size.'],
  [{ command: ['a'], priority: -(2 ** 60) }, 'Job: priority must not be larger than 9007199254740991 in size.'],
  [{ command: ['a'], timeoutSeconds: -1 }, 'Job: timeoutSeconds must be a number above 0.'],
  [{ command: ['a'], okExitCodes: ['0'] }, 'Job: okExitCodes must be an array of integers.'],
  [{ command: ['a'], retries: 1.5 }, 'Job: retries must be an integer of at least 0.'],
  [{ command: ['a'], timeout: 3 }, 'Job: timeout is not a field that there is.'],
]

describe('a spec', () => {
  it.each(bad)('%j is refused', (spec, message) => {
    expect(() => checkSpec(spec)).toThrow(new TypeError(message))
  })

  it('of every field that there is passes', () => {
    const nothing = () => undefined
    const spec = {
      command: ['sort', '-n'],
      shell: false,
      wrapper: ['nice'],
      name: 'Sort',
      cwd: '/tmp',
      env: { A: '1', B: null },
      stdin: new Float32Array(3),
      stdout: { file: 'out.txt' },
      stderr: { file: 'err.txt' },
      onStdout: nothing,
      onStderr: nothing,
      onProgress: nothing,
      onResult: nothing,
      queue: 'local',
      priority: -3,
      cores: 2,
      timeoutSeconds: 0.5,
      noOutputTimeoutSeconds: 10,
      okExitCodes: [0, 3],
      retries: 2,
    }
    expect(() => checkSpec(spec)).not.toThrow()
  })

  it('with a field of later work is refused, not silently ignored', () => {
    expect(() => checkSpec({ command: ['a'], dependsOn: ['x'] })).toThrow(
      /dependsOn is not supported by this version yet/,
    )
  })
})

describe('batch options', () => {
  it('are refused by the name of the field', () => {
    expect(() => checkBatchOptions({ concurrency: 0 })).toThrow(
      'Batch options: concurrency must be an integer of at least 1.',
    )
    expect(() => checkBatchOptions({ onCompleted: 'x' })).toThrow('Batch options: onCompleted must be a function.')
    expect(() => checkBatchOptions({})).not.toThrow()
  })
})

describe('a filter', () => {
  it('that names nothing is refused where it would mean everything', () => {
    expect(() => checkFilter({}, false)).toThrow(/all: true/)
    expect(() => checkFilter({}, true)).not.toThrow()
    expect(() => checkFilter({ all: true }, false)).not.toThrow()
  })

  it('of wrong types is refused', () => {
    expect(() => checkFilter({ states: ['running', 'sleeping' as never] }, false)).toThrow(
      /Filter: states must be an array of states/,
    )
    expect(() => checkFilter({ ids: 'x' as never }, false)).toThrow('Filter: ids must be an array of strings.')
  })
})

describe('what a stdin function returns', () => {
  it('must be an input', () => {
    expect(() => checkInput('text')).not.toThrow()
    expect(() => checkInput(undefined)).toThrow(/what it returned must be a string/)
    expect(() => checkInput(() => 'x')).toThrow(/must not be a function again/)
    expect(() => checkInput({ handler: 'a.b/c' })).toThrow(/must not be a handler again/)
    expect(() => checkInput({ json: 1, handler: 'a' })).not.toThrow()
  })
})
