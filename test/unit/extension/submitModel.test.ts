// The answers of “Submit Job…” become a job spec, and a stored spec becomes answers and changes again.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { describe, expect, it } from 'vitest'
import type { StoredSpec } from '../../../src/core/jobs/job'
import { MAX_INLINE_BYTES } from '../../../src/core/protocol/limits'
import {
  changesOf,
  draftOf,
  emptyDraft,
  nameOfCommandLine,
  specOf,
} from '../../../src/extension/commands/submit/submitModel'
import { CommandHistory, MAX_COMMANDS } from '../../../src/extension/quickInput/commandHistory'
import type { VariableContext } from '../../../src/extension/settings/variables'

const context: VariableContext = { userHome: '/home/ada', cwd: '/ws', env: {}, windows: false, workspaceFolder: '/ws' }

describe('a spec from answers', () => {
  it('has a name even if none was typed', () => {
    expect(specOf({ ...emptyDraft, commandLine: 'python code/smooth.py x' }, context)).toEqual({
      command: ['python', 'code/smooth.py', 'x'],
      name: 'python smooth.py',
      cwd: '/ws',
    })
    expect(nameOfCommandLine({ commandLine: 'ls | wc -l', inShell: true })).toBe('ls | wc -l')
  })

  it('reads a file, a text or nothing, and writes to the given file', () => {
    const draft = { ...emptyDraft, commandLine: 'cat', name: ' my job ', saveAs: 'out/x.txt' }
    expect(specOf({ ...draft, input: { kind: 'file', file: 'in put.bin' } }, context)).toMatchObject({
      name: 'my job',
      stdin: { file: '/ws/in put.bin' },
      stdout: { file: '/ws/out/x.txt' },
    })
    expect(specOf({ ...draft, input: { kind: 'text', text: 'hello' } }, context).stdin).toBe('hello')
    expect(specOf(draft, context)).not.toHaveProperty('stdin')
  })
})

describe('running again with changes', () => {
  const spec: StoredSpec = {
    id: 'x',
    name: 'wc a',
    command: ['wc', 'a b', "it's"],
    cwd: '/ws',
    stdin: { text: 'abc' },
    stdout: { file: '/ws/o.txt' },
  }
  const draft = draftOf(spec)

  it('starts with the answers that would make the job again', () => {
    expect(draft).toEqual({
      commandLine: `wc 'a b' 'it'\\''s'`,
      inShell: false,
      input: { kind: 'same' },
      saveAs: '/ws/o.txt',
      queue: 'local',
      name: 'wc a',
    })
    expect(changesOf(spec, draft, context)).toEqual({})
  })

  it('changes only what was changed', () => {
    expect(changesOf(spec, { ...draft, commandLine: 'wc "a c"' }, context)).toEqual({ command: ['wc', 'a c'] })
    expect(changesOf(spec, { ...draft, saveAs: '' }, context)).toEqual({ stdout: 'bytes' })
    expect(changesOf(spec, { ...draft, saveAs: 'p.txt' }, context)).toEqual({ stdout: { file: '/ws/p.txt' } })
    expect(changesOf(spec, { ...draft, name: 'other' }, context)).toEqual({ name: 'other' })
    expect(changesOf(spec, { ...draft, queue: 'gpu' }, context)).toEqual({ queue: 'gpu' })
    expect(changesOf(spec, { ...draft, input: { kind: 'none' } }, context)).toEqual({ stdin: { text: '' } })
    expect(changesOf(spec, { ...draft, input: { kind: 'file', file: 'i' } }, context)).toEqual({
      stdin: { file: '/ws/i' },
    })
  })

  it('goes from words to a shell and back', () => {
    const inShell = changesOf(spec, { ...draft, commandLine: 'wc a | cat', inShell: true }, context)
    expect(inShell).toEqual({ command: ['wc a | cat'], shell: 'bash -o pipefail' })
    const stored = { ...spec, command: ['wc a | cat'], shell: 'bash -o pipefail' }
    expect(draftOf(stored)).toMatchObject({ commandLine: 'wc a | cat', inShell: true })
    expect(changesOf(stored, { ...draftOf(stored), commandLine: 'wc a', inShell: false }, context)).toEqual({
      command: ['wc', 'a'],
      shell: false,
    })
  })

  it('keeps what the file meant', () => {
    const stored = { ...spec, command: ['wc "${file}"'], shell: 'bash -o pipefail', env: { file: '/d/a.txt' } }
    const changes = changesOf(
      stored,
      { ...draftOf(stored), commandLine: 'wc -l "${file}" | cat' },
      { ...context, file: '/d/other.txt' },
    )
    expect(changes).toEqual({ command: ['wc -l "${file}" | cat'], env: { file: '/d/a.txt' } })
  })

  it('refuses a text that does not fit into a message', () => {
    const text = 'x'.repeat(MAX_INLINE_BYTES + 1)
    expect(() => changesOf(spec, { ...draft, input: { kind: 'text', text } }, context)).toThrow(/larger than 64 KB/)
  })
})

describe('the history of command lines', () => {
  function history(stored?: unknown) {
    const values = new Map<string, unknown>([['lines', stored]])
    const store = {
      get: <T>(key: string) => values.get(key) as T | undefined,
      update: async (key: string, value: unknown) => void values.set(key, value),
    }
    return new CommandHistory(store, 'lines')
  }

  it('has the latest first, each once', async () => {
    const past = history()
    for (const commandLine of ['a', 'b', 'a', 'c']) await past.add(commandLine)
    expect(past.commands).toEqual(['c', 'a', 'b'])
    await past.remove('a')
    expect(past.commands).toEqual(['c', 'b'])
  })

  it('forgets the oldest', async () => {
    const past = history(Array.from({ length: MAX_COMMANDS }, (_, n) => `line ${n}`))
    await past.add('new')
    expect(past.commands).toHaveLength(MAX_COMMANDS)
    expect(past.commands.at(-1)).toBe(`line ${MAX_COMMANDS - 2}`)
  })

  it('is empty when what is stored is no list', () => {
    expect(history({ a: 1 }).commands).toEqual([])
    expect(history(['a', 1]).commands).toEqual(['a'])
  })
})
