// Other users of the machine: what the job service writes is its user's alone, whatever the folder around it and the mask
// of the process allow, and nobody else gets in through the socket. Node cannot ask who is at the other end of a socket,
// so where the modes have been taken away the proof of the token is the guard.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolders, readRecord, statePaths, writeRecord } from '../../../src/service/base/paths'
import { startOwnService } from '../../support/ownService'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const hasModes = process.platform !== 'win32'
/** Nobody's, on every Linux. */
const UID = 65534
const isRoot = process.platform === 'linux' && process.getuid?.() === 0
const why = isRoot ? '' : ' (skipped: only root can become another user)'
const nobody = ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups']

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))
const paths = () => statePaths(state.folder)
const modeOf = (path: string) => (lstatSync(path).mode & 0o777).toString(8)

/** What connects as nobody, asks for the status and says hello with what it can read; prints what it was sent. */
const INTRUDER = `
  const { readFileSync } = require('node:fs')
  const [socketPath, record] = process.argv.slice(1)
  try { console.log('record', readFileSync(record, 'utf8')) } catch (error) { console.log('record', error.code) }
  const socket = require('node:net').createConnection(socketPath)
  socket.on('error', error => console.log('socket', error.code))
  socket.on('data', text => console.log('heard', String(text)))
  socket.on('connect', () => {
    console.log('connected')
    for (const [id, method] of ['status', 'hello', 'list'].entries())
      socket.write(JSON.stringify({ jsonrpc: '2.0', id, method, params: null }) + '\\n')
  })`

function intrude(): string {
  const { socket } = readRecord(paths()) as { socket: string }
  const [setpriv = '', ...args] = [...nobody, process.execPath, '-e', INTRUDER, socket, paths().record]
  const { stdout, stderr } = spawnSync(setpriv, args, { cwd: '/', encoding: 'utf8', timeout: 60_000 })
  return stdout + stderr
}

describe.runIf(hasModes)('of what the service writes', () => {
  it('nothing can be read by others, although the mask allows it and the folder is open', async () => {
    chmodSync(state.folder, 0o755)
    await startOwnService(state, { wrapper: ['sh', '-c', 'umask 0 && exec "$0" "$@"'] })
    const window = open()
    const { api } = window
    await api.submit({ command: ['sh', '-c', 'head -c 300000 /dev/zero; echo error >&2'] }).result
    await api.submit({ command: ['cat'], stdin: 'x'.repeat(300_000), stdout: 'text' }).result
    await until(() => existsSync(`${paths().store}-wal`), 20_000, 'the log of the store')
    // as a cleaner does: what is made again is private, too
    for (const path of [paths().record, paths().lock, join(state.folder, 'socket')]) rmSync(path)
    for (const path of [paths().record, paths().lock, join(state.folder, 'socket')])
      await until(() => existsSync(path), 30_000, `${path} to be there again`)
    const notOurs = new Set(['service.cjs', 'runner.cjs', 'python']) // of the test
    const names = readdirSync(state.folder).filter(name => !notOurs.has(name))
    const own = [
      'bundles',
      'jobs.sqlite',
      'jobs.sqlite-wal',
      'lock.sqlite',
      'service.json',
      'service.log',
      'socket',
      'spool',
    ]
    expect(names).toEqual(expect.arrayContaining(own))
    const open0 = [...names.map(name => join(state.folder, name)), paths().arrays].filter(
      path => !['600', '700'].includes(modeOf(path)),
    )
    expect(open0.map(path => `${path} ${modeOf(path)}`)).toEqual([])
  })

  it('the mask of jobs is that of the user', async () => {
    await startOwnService(state, { wrapper: ['sh', '-c', 'umask 026 && exec "$0" "$@"'] })
    const result = await open().api.submit({ command: ['sh', '-c', 'umask'], stdout: 'text' }).result
    expect(result).toMatchObject({ state: 'succeeded', value: '0026\n' })
  })

  it('folders that were open are closed', () => {
    mkdirSync(paths().spool, { mode: 0o755 })
    chmodSync(paths().spool, 0o755)
    makeFolders(paths())
    expect(modeOf(paths().spool)).toBe('700')
  })
})

describe.runIf(hasModes)('a folder', () => {
  it('that others may write to is refused with a sentence', () => {
    chmodSync(state.folder, 0o777)
    expect(() => makeFolders(paths())).toThrow(/can be written to by other users.*storageFolder/)
    chmodSync(state.folder, 0o700)
  })
})

describe.runIf(isRoot)(`another user${why}`, () => {
  it('is kept out by the modes; by the proof alone when folder and socket are opened to everybody', async () => {
    const window = open()
    await window.configure({})
    expect(intrude()).toMatch(/^record EACCES\nsocket EACCES\n$/)
    chmodSync(state.folder, 0o777)
    expect(intrude()).toMatch(/^record EACCES\nsocket EACCES\n$/)
    chmodSync(join(state.folder, 'socket'), 0o666)
    const received = intrude()
    expect(received).toContain('record EACCES')
    expect(received).toContain('connected')
    expect(received).toContain('Before hello both sides prove')
    expect(received).not.toContain('stateFolder')
    expect(received).not.toContain('jobs"')
    chmodSync(state.folder, 0o700)
    expect((await window.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
  })

  it('that puts a record of his own into an open folder is not believed', () => {
    writeRecord(paths(), { pid: 1, socket: '/tmp/squatted', token: 'his', version: '1.0.0' })
    expect(readRecord(paths())?.token).toBe('his')
    rmSync(paths().record)
    chmodSync(state.folder, 0o777)
    const [setpriv = '', ...args] = [
      ...nobody,
      'sh',
      '-c',
      `echo '{"pid":1,"socket":"s","token":"t"}' > ${paths().record}`,
    ]
    expect(spawnSync(setpriv, args, { encoding: 'utf8' }).stderr).toBe('')
    expect(readRecord(paths())).toBeUndefined()
    chmodSync(state.folder, 0o700)
  })
})

describe.runIf(isRoot)(`a user whom no list of users names, as in a container${why}`, () => {
  it('has a job service, whose folders are his own', async () => {
    const uid = 1_234_567
    await startOwnService(state, { wrapper: ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'], uid })
    const { api } = open()
    const command = ['sh', '-c', 'id -u']
    expect(await api.submit({ command, stdout: 'text' }).result).toMatchObject({ value: `${uid}\n` })
  })
})
