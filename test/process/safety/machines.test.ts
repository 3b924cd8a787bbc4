// Two machines on one state folder, by two services that are given which machine they are. That the folder is on a network
// is pretended, and so each has a lock of its own: it is as if a file system honoured none.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { thisMachine } from '../../../src/service/base/machineId'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

interface Service {
  process: ChildProcess
  pid: number
  output(): string
  isGone(): boolean
}

let state: TempState
let open: (options?: WindowOptions) => TestWindow
let services: Service[] = []
const folders = new Set<string>()
stateForEach(given => ({ state, open } = given))
afterEach(async () => {
  for (const { process } of services) process.kill('SIGKILL')
  for (const { isGone } of services) await until(isGone, 20_000, 'its end')
  services = []
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const paths = () => statePaths(state.folder)
const failure = () => (existsSync(paths().failure) ? readFileSync(paths().failure, 'utf8') : undefined)
const record = () => readRecord(paths())

function start(machine: string, env: Record<string, string> = {}): Service {
  const pretended = {
    HEADLESS_JOBS_MACHINE: machine,
    HEADLESS_JOBS_BOOT_ID: `boot of ${machine}`,
    HEADLESS_JOBS_FILE_SYSTEM: 'network',
    HEADLESS_JOBS_BEAT_SECONDS: '0.5',
    ...env,
  }
  folders.add(machineFolderOf(pretended))
  const child = spawn(process.execPath, [resolve('dist/service.cjs'), state.folder, '1.0.0'], {
    env: { ...process.env, ...pretended },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let isGone = false
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', text => {
      output += text
    })
  child.on('exit', () => {
    isGone = true
  })
  const service = { process: child, pid: child.pid as number, output: () => output, isGone: () => isGone }
  services.push(service)
  return service
}

function machineFolderOf(env: Record<string, string>): string {
  const before = { ...process.env }
  Object.assign(process.env, env)
  try {
    return statePaths(state.folder).machine
  } finally {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}

const serves = (service: Service) => until(() => record()?.pid === service.pid, 30_000, 'the service')

/** From the store, which another process may have open. */
function read(sql: string): unknown {
  const db = new DatabaseSync(paths().store, { readOnly: true })
  try {
    return Object.values(db.prepare(sql).get() ?? {})[0]
  } finally {
    db.close()
  }
}
const succeeded = () => read("SELECT count(*) FROM jobs WHERE state = 'succeeded'")

describe('a folder that two machines can see', () => {
  it('is held by the first; the other is refused with one sentence that names it, and goes in once it is free', async () => {
    const alpha = start('alpha')
    await serves(alpha)
    expect(existsSync(`${state.folder}/lock.sqlite`)).toBe(false)
    const beta = start('beta')
    await until(beta.isGone, 30_000, 'its refusal')
    expect(failure()).toMatch(/^The folder .* is in use by the job service of the machine “alpha”, .*storageFolder\.$/)
    expect(beta.process.exitCode).toBe(1)
    expect(record()?.pid).toBe(alpha.pid)
    expect((await open().api.submit({ command: ['true'] }).result).state).toBe('succeeded')
    alpha.process.kill('SIGTERM')
    await until(alpha.isGone, 30_000, 'its end')
    expect(existsSync(paths().holder)).toBe(false)
    await serves(start('beta'))
  })

  it('is refused to a clone of its holder, which has the same id', async () => {
    const note = {
      ...thisMachine({ HEADLESS_JOBS_MACHINE: 'alpha' }),
      boot: 'boot of the clone',
      service: 'of the clone',
    }
    let beat = 0
    const write = () => writeFileSync(paths().holder, JSON.stringify({ ...note, beat: ++beat }))
    write()
    const timer = setInterval(write, 200)
    const alpha = start('alpha')
    await until(alpha.isGone, 30_000, 'its refusal')
    clearInterval(timer)
    expect(failure()).toContain('is in use by the job service of the machine “alpha”')
    expect(existsSync(paths().store)).toBe(false)
  })

  it('is taken over from a machine that gives no sign any more', async () => {
    const alpha = start('alpha')
    await serves(alpha)
    alpha.process.kill('SIGKILL')
    await until(alpha.isGone, 20_000, 'its end')
    const beta = start('beta')
    await serves(beta)
    expect(beta.output()).toContain('has given no sign')
    const again = start('alpha')
    await until(again.isGone, 30_000, 'its refusal')
    expect(failure()).toContain('“beta”')
  })

  it('is left at once by a machine that has slept meanwhile, which writes nothing more to it', async () => {
    const alpha = start('alpha')
    await serves(alpha)
    const first = open()
    await first.configure({})
    expect((await first.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
    // a service that holds a lock of SQLite in its sleep would keep out the other on this one machine
    await until(() => succeeded() === 1, 20_000, 'the end of the job on disk')
    alpha.process.kill('SIGSTOP')
    first.client.dispose()
    const beta = start('beta')
    await serves(beta)
    const window = open()
    expect((await window.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
    alpha.process.kill('SIGCONT')
    await until(alpha.isGone, 30_000, 'its end')
    expect(alpha.output()).toContain('the machine “beta” has taken the folder')
    expect(record()?.pid).toBe(beta.pid)
    expect((await window.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
    expect(read('PRAGMA integrity_check')).toBe('ok')
  })

  it('is taken at once by the next service of the machine that has held it', async () => {
    const alpha = start('alpha')
    await serves(alpha)
    alpha.process.kill('SIGKILL')
    await until(alpha.isGone, 20_000, 'its end')
    const next = start('alpha')
    await serves(next)
    expect(next.output()).not.toContain('no sign')
  })
})

it('a folder on a disk of the machine is held by its lock alone', async () => {
  mkdirSync(paths().spool, { recursive: true })
  await open().configure({})
  expect(existsSync(paths().holder)).toBe(false)
  expect(existsSync(paths().lock)).toBe(true)
})
