// By what a host knows a job service: the same for all of a state folder, another one for every other folder and machine.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { installationId } from '../../../src/service/state/installation'
import { withVariables } from '../../support/withVariables'

withVariables({ HEADLESS_JOBS_MACHINE: 'one' })
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hj-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})
const file = (name = 'installation') => join(folder, name)

it('is the same for each job service of a folder, and of no other', () => {
  const first = installationId(file())
  expect(installationId(file())).toBe(first)
  expect(installationId(file('other'))).not.toBe(first)
})

it('is another one on another machine, which has a folder of the same name or a copy of this one', () => {
  const first = installationId(file())
  process.env.HEADLESS_JOBS_MACHINE = 'two'
  expect(installationId(file())).not.toBe(first)
})

it.each(['', 'garbage', '\0'.repeat(36)])('is made anew when the file says %j', content => {
  writeFileSync(file(), content)
  const made = installationId(file())
  expect(installationId(file())).toBe(made)
  expect(readFileSync(file(), 'utf8')).toMatch(/^[0-9a-f-]{36}$/)
})

it('is made where a folder has its name, which is moved aside', () => {
  mkdirSync(file())
  expect(installationId(file())).toBe(installationId(file()))
  expect(readdirSync(folder)).toHaveLength(2)
})

it('is one also where it cannot be kept', () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const missing = join(folder, 'none', 'installation')
  expect(installationId(missing)).toBe(installationId(missing))
  expect(existsSync(join(folder, 'none'))).toBe(false)
})
