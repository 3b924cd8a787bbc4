// Many files of a job on their way to a runner elsewhere, and from there: some at once, each once, whole or with its error.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { FileRequest } from '../../../src/run/base/runnerProtocol'
import type { ProtocolSpec, RunSpec } from '../../../src/run/base/runTypes'
import { bringOutputs, sendNamed } from '../../../src/service/files/jobFiles'
import { sendHelperOnce } from '../../../src/service/files/remoteArrays'
import { RemoteFiles } from '../../../src/service/files/remoteFiles'
import { until } from '../../support/until'

const FILES = 40
const AT_ONCE = 5
const LIMIT_MS = 10_000
type Reply = (request: FileRequest) => { error?: string; bytes?: Uint8Array }
const names = Array.from({ length: FILES }, (_, i) => `${String(i).padStart(2, '0')}.txt`)

let cwd: string
let asked: FileRequest[]
let files: RemoteFiles
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'hj-'))
  asked = []
  files = new RemoteFiles(request => void asked.push(request))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

/**
 * The other side answers all that has come, when that has been about so many files at once: one after the other they would never
 * be.
 */
async function untilAnswered(work: Promise<unknown>, reply: Reply, atOnce = 1): Promise<void> {
  let isOver = false
  let isHeld = true
  const ended = work.finally(() => {
    isOver = true
  })
  ended.catch(() => undefined) // it is looked at below
  const areAnswered = () => {
    isHeld &&= new Set(asked.map(({ path }) => path)).size < atOnce
    const answered = asked.filter(({ type }) => !isHeld || type === 'makeFolder')
    asked = asked.filter(request => !answered.includes(request))
    for (const asking of answered) {
      const { bytes, ...answer } = reply(asking)
      files.onAnswer({ type: 'fileAnswer', run: 0, request: asking.request, ...answer }, bytes)
    }
    return isOver
  }
  await until(areAnswered, LIMIT_MS, 'all answers')
  await ended
}

const spec = (inputs: string[]) => ({ command: ['true'], cwd, inputs }) as unknown as RunSpec
const send = (inputs: string[]) => sendNamed(spec(inputs), files, { folder: '/there', jobFolder: '/there/job' })
const outputs = names.map(path => ({ path, bytes: 3 }))
const bring = () => bringOutputs(outputs, [], cwd, { files, jobFolder: '/there/job' })

it('several are brought at once, each whole', async () => {
  const reply: Reply = ({ path }) => ({ bytes: Buffer.from(path.slice(-6, -4).concat('\n')) })
  await untilAnswered(bring(), reply, AT_ONCE)
  expect(readdirSync(cwd).sort()).toEqual(names)
  for (const name of names) expect(readFileSync(join(cwd, name), 'utf8')).toBe(`${name.slice(0, 2)}\n`)
})

it('one that cannot be brought keeps none of the others, and the first error is said', async () => {
  const broken = ['07.txt', '11.txt']
  const reply: Reply = ({ path }) =>
    broken.some(name => path.endsWith(name)) ? { error: `${path} is broken` } : { bytes: Buffer.from('abc') }
  await expect(untilAnswered(bring(), reply)).rejects.toThrow('/there/job/07.txt is broken')
  expect(readdirSync(cwd).sort()).toEqual(names.filter(name => !broken.includes(name)))
})

it('several are sent at once, and the same content once', async () => {
  for (const name of names) writeFileSync(join(cwd, name), `${name.slice(1)} of ten`) // 04.txt is as 14.txt
  mkdirSync(join(cwd, 'more'))
  writeFileSync(join(cwd, 'more', 'big.txt'), 'x'.repeat(600_000))
  const seen: FileRequest[] = []
  const reply: Reply = request => {
    seen.push(request)
    return {}
  }
  await untilAnswered(send(['*.txt', 'more/**']), reply, AT_ONCE)
  const written = seen.filter(({ type, ...more }) => type === 'writeFile' && 'offset' in more && more.offset === 0)
  expect(written).toHaveLength(10 + 1)
  const copied = seen.flatMap(request => (request.type === 'copyFile' ? [request.to] : []))
  expect(copied.sort()).toEqual([...names, 'more/big.txt'].map(name => `/there/job/${name}`).sort())
  expect(seen.filter(({ type }) => type === 'makeFolder')).toHaveLength(1)
})

it('when one cannot be sent, nothing more is begun, and nothing is on its way when that is said', async () => {
  for (const name of names) writeFileSync(join(cwd, name), name)
  let copies = 0
  const reply: Reply = ({ type }) => {
    if (type === 'copyFile') copies++
    return type === 'copyFile' ? { error: 'the disk is full' } : {}
  }
  await expect(untilAnswered(send(['*.txt']), reply)).rejects.toThrow('the disk is full')
  expect(copies).toBeLessThan(FILES / 2)
  expect(asked).toEqual([])
})

it('a folder that could not be made for inputs is tried again with the next', async () => {
  writeFileSync(join(cwd, '00.txt'), 'text')
  const full: Reply = ({ type }) => (type === 'makeFolder' ? { error: 'the disk is full' } : {})
  await expect(untilAnswered(send(['00.txt']), full)).rejects.toThrow('the disk is full')
  await untilAnswered(send(['00.txt']), () => ({}))
})

it('nor is the helper for Python given up when it could not be sent once', async () => {
  const sendHelper = () => sendHelperOnce({ pythonFolder: cwd } as ProtocolSpec, files, '/there')
  mkdirSync(join(cwd, 'headless_jobs'))
  writeFileSync(join(cwd, 'headless_jobs', '__init__.py'), 'text')
  await expect(untilAnswered(sendHelper(), () => ({ error: 'the disk is full' }))).rejects.toThrow('the disk is full')
  await untilAnswered(sendHelper(), () => ({}))
  await sendHelper() // it is there
  expect(asked).toEqual([])
})
