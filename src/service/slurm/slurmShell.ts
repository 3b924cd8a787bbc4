// Runs the commands of Slurm: here, or on the login node to which an ssh queue leads.
import { spawn } from 'node:child_process'
import type { PlaceQueueConfig } from '../../core/jobs/queueConfig'
import { reasonOf } from '../../run/base/startError'
import { quoted } from '../launch/bootstrap'
import { launcherOf } from '../launch/launchers'
import { LaunchError } from '../launch/remoteShell'
import { readJobId, slurmProblem } from './slurmCommands'

/** A controller that is busy takes long; after this it is taken to be away. */
const LIMIT_MS = 60_000
/** What commands of Slurm say when the controller had the request, and may have carried it out. */
const NO_ANSWER = /Socket timed out|Zero Bytes were transmitted/i
/** Characters: 400,000 jobs take less. */
const MAX_PRINTED = 64 * 1024 * 1024

/** Words that begin here and lead to where Slurm is. */
export function wordsThere(words: readonly string[], via: PlaceQueueConfig | undefined): readonly string[] {
  return via ? [...launcherOf(via).words, words.map(quoted).join(' ')] : words
}

/** What it means that ssh printed this, where it leads to Slurm. */
export function explainVia(printed: string, via: PlaceQueueConfig | undefined): string | undefined {
  return via && launcherOf(via).explain?.(printed)
}

/** Those of an allocation in which this service may be are not for what it asks for. */
export function slurmEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name === 'SLURM_CONF' || !/^(SLURM|SBATCH|SRUN|SQUEUE)_/.test(name)),
  )
}

/** Nobody knows whether it was done: there was no answer, or the way there was lost. */
export class UnknownOutcome extends LaunchError {}

/**
 * @returns what it printed
 * @throws LaunchError with a sentence, also when it ended with an exit code: then what it printed says nothing
 */
export async function runSlurm(
  words: readonly string[],
  via: PlaceQueueConfig | undefined,
  input = '',
): Promise<string> {
  const [program = '', ...args] = wordsThere(words, via)
  const child = spawn(program, args, {
    env: slurmEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  const printed = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      if (printed[stream].length < MAX_PRINTED) printed[stream] += text
    })
  child.stdin.on('error', () => undefined) // it has ended, and says so
  child.stdin.end(input)
  const command = words.find(word => word !== 'env' && !word.includes('=')) ?? ''
  return new Promise((resolve, reject) => {
    child.once('error', error => reject(new LaunchError(notStarted(command, error))))
    child.once('close', (code, signal) => {
      if (printed.stdout.length >= MAX_PRINTED)
        return reject(new UnknownOutcome(`${command} printed more than ${MAX_PRINTED / 1024 / 1024} MB.`))
      if (code === 0) return resolve(printed.stdout)
      const why = explainVia(printed.stderr, via)
      if (why !== undefined) return reject(new UnknownOutcome(why))
      if (signal) return reject(new UnknownOutcome(`${command} did not answer within ${LIMIT_MS / 1000} seconds.`))
      const problem = slurmProblem(command, printed.stderr)
      reject(NO_ANSWER.test(problem) ? new UnknownOutcome(problem) : new LaunchError(problem))
    })
  })
}

/**
 * Gives a script to Slurm.
 * @param words of `sbatch`
 * @returns the id of its job
 * @throws LaunchError with a sentence
 */
export async function submitScript(
  words: readonly string[],
  via: PlaceQueueConfig | undefined,
  script: string,
): Promise<string> {
  const printed = (await runSlurm(words, via, script)).trim()
  const id = readJobId(printed)
  if (id === undefined) throw new LaunchError(`sbatch printed no number of a job, but “${printed}”.`)
  return id
}

function notStarted(command: string, error: NodeJS.ErrnoException): string {
  if (error.code !== 'ENOENT') return `${command} could not be started: ${reasonOf(error)}.`
  return `There is no Slurm on this machine: ${command} is not on PATH. Name a queue of kind "ssh" that leads to a login node in "via".`
}
