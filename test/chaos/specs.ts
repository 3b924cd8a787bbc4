// The jobs: each appends a line with its name to the file of runs when it begins, which shows how often it was run.
import { join } from 'node:path'
import type { JobSpec } from '../../src/api'
import type { JobKind, PlannedJob } from './plan'

/** In the environment of all jobs: the folder of the test, by which its processes are found. */
export const MARKER = 'HEADLESS_CHAOS'
export const runsFile = (folder: string) => join(folder, 'runs')
/** In the command line of all workers. */
export const WORKER = 'chaos-worker'

const BEGIN = `echo "$HEADLESS_JOB_NAME" >> "$${MARKER}/runs"`
const DONE = 'echo "$HEADLESS_JOB_NAME"'
/** More than is kept in memory. */
const LARGE_BYTES = 5_000_000

const LINE_WORKER = `
import json, os, sys, time
print('{"hello":1}', flush=True)
for line in sys.stdin:
    m = json.loads(line); token = m['value']['token']
    fd = os.open(os.environ['${MARKER}'] + '/runs', os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, (token + '\\n').encode()); os.close(fd)
    time.sleep(m['value']['ms'] / 1000)
    print(json.dumps({'id': m['id'], 'value': token}), flush=True)
`
/** It does not end by itself when its stdin does. */
const CLINGING_WORKER = `
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
${LINE_WORKER}
time.sleep(1000)
`
const ARRAY_WORKER = `
import os, headless_jobs
def handle(value):
    fd = os.open(os.environ['${MARKER}'] + '/runs', os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, (value['token'] + '\\n').encode()); os.close(fd)
    return {'token': value['token'], 'data': value['data']}
headless_jobs.serve(handle)
`

const sh = (...lines: string[]) => ({ command: ['sh', '-c', [BEGIN, ...lines].join('\n')], stdout: 'text' as const })
const worker = (code: string) => ['python3', '-c', code, WORKER]

type Made = Omit<JobSpec<unknown>, 'name'>

/** Most are short, so that several are with their worker at once. */
const lineJob = (code: string, { token, ms }: { token: string; ms: number }): Made => ({
  command: worker(code),
  protocol: 'lines',
  keepAlive: { idleSeconds: 5 },
  stdin: { value: { token, ms: token.length % 2 ? ms : 1 } },
})

const makers: Readonly<Record<JobKind, (job: { token: string; ms: number }) => Made>> = {
  short: () => sh(DONE),
  long: ({ ms }) => sh(`sleep ${ms / 1000}`, DONE),
  stubborn: ({ ms }) => sh(`trap '' TERM`, `sleep ${ms / 1000}`, DONE),
  family: ({ ms }) => sh('setsid sleep 1000 > /dev/null 2>&1 &', `sleep ${ms / 1000}`, DONE),
  retried: ({ token }) => ({ ...sh(`[ -e "${token}" ] || { : > "${token}"; exit 3; }`, DONE), retries: 2 }),
  failing: () => ({ ...sh('exit 4'), retries: 1 }),
  json: () => ({ ...sh('echo "{\\"token\\":\\"$HEADLESS_JOB_NAME\\"}"'), stdout: 'json' }),
  large: () => ({ ...sh(`head -c ${LARGE_BYTES} /dev/zero`), stdout: 'bytes' }),
  line: job => lineJob(LINE_WORKER, job),
  clinging: job => lineJob(CLINGING_WORKER, job),
  arrays: ({ token }) => ({
    command: worker(ARRAY_WORKER),
    protocol: 'frames',
    keepAlive: { idleSeconds: 5 },
    stdin: { value: { token, data: new Float32Array(100_000) } },
  }),
}

export function specOf(job: PlannedJob): JobSpec<unknown> {
  const { token, kind, handler } = job
  return { name: token, ...makers[kind](job), ...(handler && { resultHandler: { id: handler, context: token } }) }
}

/** Whether a value is that of the job with this name. */
export function isValueOf(token: string, value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === LARGE_BYTES
  if (typeof value === 'string') return value.trim() === token
  const { token: named, data } = value as { token?: unknown; data?: { length: number } }
  return named === token && (data === undefined || data.length === 100_000)
}
