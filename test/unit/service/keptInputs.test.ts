// Inputs are sent once, and what is kept of them where they are does not grow for ever.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { KeptInputs } from '../../../src/service/files/keptInputs'
import { until } from '../../support/until'

const KEPT_BYTES = 10

let folder: string
/** What is there, by path: what was sent and the jobs' copies of it. */
let there: Map<string, string>
let sent: string[]
let copies: number
let copying: Promise<unknown>
let inputs: KeptInputs
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hj-'))
  there = new Map()
  sent = []
  copies = 0
  copying = Promise.resolve()
  inputs = new KeptInputs(
    {
      makeFolder: async () => undefined,
      put: async (source, path) => {
        sent.push(source)
        there.set(path, source)
      },
      copy: async (path, to) => {
        copies++
        await copying
        const source = there.get(path)
        if (source === undefined) throw new Error('it does not exist')
        there.set(to, source)
      },
      remove: async path => void there.delete(path),
    },
    KEPT_BYTES,
  )
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(text: string): Promise<void> {
  writeFileSync(join(folder, text), text)
  return inputs.put(join(folder, text), `/job/${text}`, '/there')
}
const sentTexts = () => sent.map(path => path.slice(folder.length + 1))
const kept = () => [...there.keys()].filter(path => path.startsWith('/there/inputs/')).length

it('what was used longest ago goes when there is more than is kept', async () => {
  for (const text of ['aaaaa', 'bbbb', 'aaaaa', 'ccc', 'aaaaa', 'bbbb']) await put(text)
  expect(sentTexts()).toEqual(['aaaaa', 'bbbb', 'ccc', 'bbbb'])
  expect(kept()).toBe(2)
})

it('one that is larger than all that is kept stays for the next job', async () => {
  for (const text of ['aaaaaaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaaaaaa']) await put(text)
  expect(sentTexts()).toHaveLength(1)
  await put('b')
  expect(kept()).toBe(1)
})

it('what a job is about to have does not go', async () => {
  const held = Promise.withResolvers<void>()
  copying = held.promise
  const first = put('aaaaaaaa')
  await until(() => copies === 1, 5000, 'one that is about to be copied')
  copying = Promise.resolve()
  for (const text of ['bbbbbbb', 'ccccccccc']) await put(text)
  held.resolve()
  await first
  expect([...there.keys()].filter(path => path.startsWith('/job/'))).toHaveLength(3)
  expect(kept()).toBe(1)
})
