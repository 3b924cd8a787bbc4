// Processes of jobs are signalled in one place, which checks them first.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../support/tools'

const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => file.replaceAll('\\', '/'))

const filesWith = (pattern: RegExp) => files.filter(file => pattern.test(readFileSync(join(src, file), 'utf8'))).sort()

test('a signal is sent by the platforms and by signalTree alone, and only signalTree asks the platforms', () => {
  // signal 0 only asks whether a process is there, and a process may end itself
  expect(filesWith(/\bprocess\.kill\((?![^()]*, 0\)|process\.pid,)/)).toEqual(['run/os/signals.ts'])
  const senders = ['linux', 'mac', 'signalTree', 'signals'].map(name => `run/os/${name}.ts`)
  expect(filesWith(/\bsendSignal\(/)).toEqual(senders)
  expect(filesWith(/\.(askTree|killTree)\b/)).toEqual(['run/os/signalTree.ts'])
})
