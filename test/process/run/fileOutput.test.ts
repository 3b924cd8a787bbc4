// Output files are written as `> file` does: links, modes and owners stay, and the content is there whole or not at all.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Outcome, RunBench } from '../../support/runs'
import { until } from '../../support/until'

const isRoot = process.getuid?.() === 0
/** Root may write everything. */
const NOBODY = 65534

let bench: RunBench
let folder: string
beforeAll(() => {
  bench = new RunBench()
})
beforeEach(() => {
  folder = mkdtempSync(bench.file('case-'))
})
afterAll(() => bench.close())

const at = (name: string) => path.join(folder, name)
const textOf = (name: string) => readFileSync(at(name), 'utf8')
const modeOf = (name: string) => (statSync(at(name)).mode & 0o7777).toString(8)
const leftParts = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => /part-/.test(name))

function write(line: string, stdoutFile: string, stderrFile?: string): Promise<Outcome> {
  return bench.run(['sh', '-c', line], { cwd: folder, stdoutFile, ...(stderrFile !== undefined && { stderrFile }) })
}

/** That succeeded, and nothing was left beside the file. */
async function written(line: string, stdoutFile: string, stderrFile?: string): Promise<Outcome> {
  const outcome = await write(line, stdoutFile, stderrFile)
  expect(outcome.error).toBeUndefined()
  expect(outcome.state).toBe('succeeded')
  expect(leftParts()).toEqual([])
  return outcome
}

describe('symbolic links', () => {
  test('are followed, also relative ones and several in a row, and stay links', async () => {
    mkdirSync(at('data'))
    writeFileSync(at('data/real.txt'), 'old')
    symlinkSync('data/real.txt', at('first'))
    symlinkSync('first', at('second'))
    const { end } = await written('echo new', 'second')
    expect(textOf('data/real.txt')).toBe('new\n')
    expect(readlinkSync(at('second'))).toBe('first')
    expect(lstatSync(at('first')).isSymbolicLink()).toBe(true)
    expect(end.stdout).toEqual({ file: at('second'), bytes: 4 })
  })

  test('the old content is there until the end, and after a failure', async () => {
    writeFileSync(at('real.txt'), 'old')
    symlinkSync('real.txt', at('link'))
    const { outcome } = bench.start(
      ['sh', '-c', 'echo half; touch begun; until [ -e go ]; do sleep 0.05; done; exit 3'],
      {
        cwd: folder,
        stdoutFile: 'link',
      },
    )
    await until(() => existsSync(at('begun')), 60_000, 'the first half')
    expect(textOf('link')).toBe('old')
    writeFileSync(at('go'), '')
    expect((await outcome).state).toBe('failed')
    expect(textOf('link')).toBe('old')
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true)
    expect(leftParts()).toEqual([])
  })

  test('to nothing make what they lead to', async () => {
    mkdirSync(at('data'))
    symlinkSync('data/new.txt', at('dangling'))
    await written('echo new', 'dangling')
    expect(textOf('data/new.txt')).toBe('new\n')
    expect(readlinkSync(at('dangling'))).toBe('data/new.txt')
  })

  test('to nothing in no folder are refused with a sentence', async () => {
    symlinkSync('nowhere/new.txt', at('dangling'))
    const { error } = await write('echo new', 'dangling')
    expect(error).toEqual({
      kind: 'start',
      message: expect.stringContaining('The folder for the stdout file does not exist'),
    })
  })

  test('in a circle are refused with a sentence', async () => {
    symlinkSync('b', at('a'))
    symlinkSync('a', at('b'))
    const { error } = await write('echo new', 'a')
    expect(error).toEqual({ kind: 'start', message: expect.stringContaining('lead in a circle') })
  })

  test('to a folder are refused, to a device written to', async () => {
    mkdirSync(at('data'))
    symlinkSync('data', at('folder'))
    symlinkSync('/dev/null', at('device'))
    expect((await write('echo new', 'folder')).error?.message).toContain('it is a folder')
    expect((await write('echo new', 'new/')).error?.message).toContain('it is a folder')
    await written('echo new', 'device')
    expect(readlinkSync(at('device'))).toBe('/dev/null')
  })

  test('to a named pipe are refused, without waiting for a reader', async () => {
    execFileSync('mkfifo', [at('fifo')])
    symlinkSync('fifo', at('link'))
    expect((await write('echo new', 'link')).error?.message).toContain('it is not a file')
  })

  test('of a folder on the way are followed', async () => {
    mkdirSync(at('data'))
    symlinkSync('data', at('folder'))
    await written('echo new', 'folder/new.txt')
    expect(textOf('data/new.txt')).toBe('new\n')
  })
})

describe('what the file was it stays', () => {
  test.each([0o600, 0o640, 0o755, 0o444 | 0o200])('its mode (%i)', async mode => {
    writeFileSync(at('out.txt'), 'old')
    chmodSync(at('out.txt'), mode)
    await written('echo new', 'out.txt')
    expect(textOf('out.txt')).toBe('new\n')
    expect(modeOf('out.txt')).toBe(mode.toString(8))
  })

  test('a new one has the mode that the umask leaves', async () => {
    await written('echo new', 'out.txt')
    await bench.run(['sh', '-c', 'echo new > other.txt'], { cwd: folder })
    expect(modeOf('out.txt')).toBe(modeOf('other.txt'))
  })

  test('while it is written it is readable only for users who may read the file', async () => {
    writeFileSync(at('out.txt'), 'old', { mode: 0o600 })
    await written('ls -la > listing; echo new', 'out.txt')
    expect(textOf('listing')).toMatch(/^-rw-------.*part-/m)
  })

  test('its other names have the new content too', async () => {
    writeFileSync(at('out.txt'), 'old content that is longer than the new one')
    linkSync(at('out.txt'), at('other.txt'))
    await written('echo new', 'out.txt')
    expect(textOf('other.txt')).toBe('new\n')
    expect(statSync(at('out.txt')).ino).toBe(statSync(at('other.txt')).ino)
  })

  test('its other names have the old content until then, and after a failure', async () => {
    writeFileSync(at('out.txt'), 'old')
    linkSync(at('out.txt'), at('other.txt'))
    expect((await write('echo half; exit 1', 'out.txt')).state).toBe('failed')
    expect(textOf('other.txt')).toBe('old')
  })

  test('much content through another name', async () => {
    writeFileSync(at('out.txt'), 'old')
    linkSync(at('out.txt'), at('other.txt'))
    await written('head -c 5000001 /dev/zero', 'out.txt')
    expect(readFileSync(at('other.txt')).equals(Buffer.alloc(5_000_001))).toBe(true)
  })

  test.runIf(isRoot)('its owner', async () => {
    writeFileSync(at('out.txt'), 'old')
    chownSync(at('out.txt'), NOBODY, NOBODY)
    await written('echo new', 'out.txt')
    expect(statSync(at('out.txt'))).toMatchObject({ uid: NOBODY, gid: NOBODY })
    expect(textOf('out.txt')).toBe('new\n')
  })

  test.runIf(process.platform === 'linux')('its extended attributes, where the file system has them', async () => {
    writeFileSync(at('out.txt'), 'old')
    const set = "import os, sys; os.setxattr(sys.argv[1], 'user.note', b'kept')"
    const get = "import os, sys; print(os.getxattr(sys.argv[1], 'user.note').decode())"
    try {
      execFileSync('python3', ['-c', set, at('out.txt')], { stdio: 'ignore' })
    } catch {
      return // none here
    }
    await written('echo new', 'out.txt')
    expect(execFileSync('python3', ['-c', get, at('out.txt')], { encoding: 'utf8' })).toBe('kept\n')
    expect(textOf('out.txt')).toBe('new\n')
  })
})

describe('both streams to one file by two names', () => {
  test('of which one is a link', async () => {
    symlinkSync('both.txt', at('link.txt'))
    await written('echo one; echo two >&2; echo three', 'both.txt', 'link.txt')
    expect(textOf('both.txt')).toBe('one\ntwo\nthree\n')
  })

  test('of which one leads through a folder that is a link', async () => {
    symlinkSync('.', at('here'))
    writeFileSync(at('both.txt'), 'old')
    await written('echo one; echo two >&2', 'both.txt', 'here/both.txt')
    expect(textOf('both.txt')).toBe('one\ntwo\n')
  })

  test('that are hard links', async () => {
    writeFileSync(at('a.txt'), 'old')
    linkSync(at('a.txt'), at('b.txt'))
    await written('echo one; echo two >&2', 'a.txt', 'b.txt')
    expect(textOf('b.txt')).toBe('one\ntwo\n')
  })
})

test.each([
  ['of letters', 'n'.repeat(255)],
  ['of characters of three bytes', '名'.repeat(85)],
])('a name of 255 bytes %s', async (_, name) => {
  expect(Buffer.byteLength(name)).toBe(255)
  await written('echo new', name)
  await written('echo newer', name)
  expect(textOf(name)).toBe('newer\n')
})

test('a name that is too long is refused with a sentence', async () => {
  expect((await write('echo new', 'n'.repeat(256))).error).toEqual({
    kind: 'start',
    message: expect.stringContaining('its name is too long for the file system'),
  })
})

describe.runIf(isRoot && process.platform === 'linux')('as a user who is not root', () => {
  /** The runner of these jobs runs as that user: a program of its own, since this one is root's. */
  async function asNobody(stdoutFile: string): Promise<{ state: string; error?: { message: string } }> {
    const runs = path.resolve(import.meta.dirname, '../../fixtures/writes-as-nobody.ts')
    const built = bench.file('writes-as-nobody.mjs')
    await build({
      entryPoints: [runs],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: built,
      logLevel: 'error',
    })
    for (let up = folder; up.startsWith(bench.folder); up = path.dirname(up)) chmodSync(up, 0o755)
    const printed = execFileSync(process.execPath, [built, stdoutFile], { cwd: folder, encoding: 'utf8' })
    return JSON.parse(printed) as { state: string; error?: { message: string } }
  }

  test('a file that is not writable is refused, also in a folder that is', async () => {
    mkdirSync(at('open'))
    chmodSync(at('open'), 0o777)
    writeFileSync(at('open/out.txt'), 'old', { mode: 0o644 })
    const { state, error } = await asNobody('open/out.txt')
    expect(state).toBe('failed')
    expect(error?.message).toContain('permission denied')
    expect(textOf('open/out.txt')).toBe('old')
  })

  test('one that is writable is written in a folder that is not', async () => {
    writeFileSync(at('out.txt'), 'old')
    chmodSync(at('out.txt'), 0o666)
    expect(await asNobody('out.txt')).toEqual({ state: 'succeeded' })
    expect(textOf('out.txt')).toBe('new\n')
    expect(statSync(at('out.txt'))).toMatchObject({ uid: 0 })
    expect(modeOf('out.txt')).toBe('666')
    expect(leftParts()).toEqual([])
  })

  test('one of another user keeps its owner in a folder where everybody may write', async () => {
    mkdirSync(at('open'))
    chmodSync(at('open'), 0o777)
    writeFileSync(at('open/out.txt'), 'old')
    chmodSync(at('open/out.txt'), 0o666)
    expect(await asNobody('open/out.txt')).toEqual({ state: 'succeeded' })
    expect(textOf('open/out.txt')).toBe('new\n')
    expect(statSync(at('open/out.txt'))).toMatchObject({ uid: 0 })
    expect(leftParts()).toEqual([])
    rmSync(at('open'), { recursive: true })
  })
})
