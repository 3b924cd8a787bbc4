// Where a debugger finds the runners.
import { expect, it } from 'vitest'
import { isInspected, runnerFlags } from '../../../src/service/runners/inspect'

it('gives each runner a port of its own, and changes nothing else', () => {
  expect(runnerFlags(['--max-semi-space-size=1'], 2)).toEqual(['--max-semi-space-size=1'])
  expect(runnerFlags(['--no-warnings', '--inspect=127.0.0.1:9330'], 2)).toEqual([
    '--no-warnings',
    '--inspect=127.0.0.1:9332',
  ])
})

it('knows whether there is a debugger', () => {
  expect(isInspected(['--inspect=127.0.0.1:9330'])).toBe(true)
  expect(isInspected(['--inspect-brk', '--no-warnings'])).toBe(false)
})
