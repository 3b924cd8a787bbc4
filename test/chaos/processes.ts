// The processes of a run as /proc shows them: all of them bear its folder, in their environment or their command line.
import { readdirSync, readFileSync } from 'node:fs'
import { parentOf } from '../support/tempState'
import { MARKER, WORKER } from './specs'

export interface Found {
  pid: number
  parent: number
  what: 'service' | 'runner' | 'worker' | 'job'
  /** Of a job or worker, from its environment. */
  id?: string
  words: readonly string[]
}

/** All that are alive but the hosts. */
export function processesOf(folder: string): Found[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        return look(Number(name), folder)
      } catch {
        return [] // it has just ended
      }
    })
}

function look(pid: number, folder: string): Found[] {
  const words = entriesOf(pid, 'cmdline')
  if (words.length === 0) return [] // a zombie
  for (const what of ['service', 'runner'] as const) {
    const program = words.findIndex(word => word.startsWith(folder) && word.endsWith(`${what}.cjs`))
    if (program > 0) return [{ pid, parent: parentOf(pid), what, words }]
  }
  const environment = entriesOf(pid, 'environ')
  const id = environment.find(entry => entry.startsWith('HEADLESS_JOB_ID='))?.split('=')[1]
  if (id === undefined || !environment.includes(`${MARKER}=${folder}`)) return []
  return [{ pid, parent: parentOf(pid), what: words.at(-1) === WORKER ? 'worker' : 'job', id, words }]
}

function entriesOf(pid: number, file: 'cmdline' | 'environ'): string[] {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').slice(0, -1)
}

export const describe = ({ what, pid, words }: Found) => `${what} ${pid} (${words.join(' ').slice(0, 120)})`

/** Whether it stands still after SIGSTOP. */
export function isStopped(pid: number): boolean {
  return /^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}
