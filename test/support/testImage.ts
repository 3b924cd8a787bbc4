// An image of a container for tests: places alone, in which the programs of this machine are mounted.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Container } from '../../src/api'

const IMAGE = `localhost/headless-jobs-test:${process.pid}`

/** What it shows of this machine: its programs, this Node, what the tests run, and where they write. */
const shown = ['/usr:ro', `${dirname(realpathSync(process.execPath))}:ro`, `${resolve('test/fixtures')}:ro`, tmpdir()]

const runtimes: Readonly<Record<string, { options?: readonly string[] }>> = {
  // the limits of what starts it may not be raised
  podman: { options: ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'] },
  docker: {}, // where its daemon runs
  charliecloud: {},
}

type Engine = 'podman' | 'docker'

/** A file that is in the image alone. */
export const FILE_OF_IMAGE = '/etc/headless-jobs-image'

export interface TestImage {
  /** `undefined` where this runtime cannot run. */
  of(runtime: Engine | 'charliecloud'): Container | undefined
  remove(): void
}

export function makeTestImage(): TestImage {
  const folder = mkdtempSync(join(tmpdir(), 'hj-image-'))
  // docker puts the first process of a container into /sbin
  for (const mount of [...shown, '/dev', '/proc', '/sys', '/etc', '/run', '/root', '/sbin'])
    mkdirSync(join(folder, mount.replace(/:ro$/, '')), { recursive: true })
  for (const link of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${link}`, join(folder, link))
  for (const file of ['hosts', 'resolv.conf']) writeFileSync(join(folder, 'etc', file), '')
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n')
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\n')
  writeFileSync(join(folder, FILE_OF_IMAGE), 'of the image\n')
  const imported = new Set<Engine>()
  return {
    of(runtime) {
      const { options } = runtimes[runtime] ?? {}
      if (runtime !== 'charliecloud') {
        if (!imported.has(runtime) && !importImage(runtime, folder)) return undefined
        imported.add(runtime)
      }
      const image = runtime === 'charliecloud' ? folder : IMAGE
      const container = { runtime, image, mounts: shown, ...(options && { options }) }
      return works(container) ? container : undefined
    },
    remove() {
      for (const engine of imported) spawnSync(engine, ['rmi', '--force', IMAGE], { stdio: 'ignore' })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function importImage(engine: Engine, folder: string): boolean {
  try {
    execFileSync(engine, ['import', '-', IMAGE], {
      input: execFileSync('tar', ['-C', folder, '-c', '.']),
      stdio: 'pipe',
    })
    return true
  } catch {
    return false
  }
}

function works({ runtime, image = '', options = [] }: Container): boolean {
  const words =
    runtime === 'podman' || runtime === 'docker'
      ? [runtime, 'run', '--rm', '--init', ...options, '--volume', '/usr:/usr:ro', image, 'true']
      : ['ch-run', '-b', '/usr:/usr', image, '--', 'true']
  const [program = '', ...args] = words
  return spawnSync(program, args, { stdio: 'ignore', env: { USER: 'tests', ...process.env } }).status === 0
}
