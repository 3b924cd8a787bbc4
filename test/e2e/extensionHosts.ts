// Linux: the processes in which the extensions of a VS Code under test run, one for each window.
import { readdirSync, readFileSync } from 'node:fs'
import type { TempState } from '../support/tempState'

/** @returns their pids */
export function extensionHosts({ folder }: TempState): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        const about = ['cmdline', 'environ'].map(file => readFileSync(`/proc/${pid}/${file}`, 'utf8'))
        return about[0]?.includes('type=extensionHost') && about[1]?.includes(folder)
      } catch {
        return false // it has ended, or is not ours
      }
    })
    .map(Number)
}
