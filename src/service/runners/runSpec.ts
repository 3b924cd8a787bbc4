// From a job as it is stored to what a runner needs to run it.
import { dirname, join } from 'node:path'
import type { StoredInput } from '../../core/jobs/job'
import { isElsewhere, type QueueConfig } from '../../core/jobs/queueConfig'
import type { WorkerRequest } from '../../core/jobs/workerRequests'
import type { MachineSettings } from '../../core/protocol/settingsTable'
import type { ProtocolSpec, RunInput, RunSpec } from '../../run/base/runTypes'
import { arrayFolders, type StatePaths } from '../base/paths'
import type { Queues } from '../jobs/queues'
import type { Environments } from '../state/environments'
import type { JobRecord } from '../store/records'
import type { TaskOrder } from './workerProxy'

/** How long a process with a protocol may take until its hello, by default. */
const DEFAULT_START_SECONDS = 60

export interface RunSpecHost {
  /** As they are when a process is started. */
  readonly settings: { readonly values: MachineSettings }
  readonly paths: StatePaths
  readonly environments: Pick<Environments, 'of' | 'changesOf'>
  readonly queues: Pick<Queues, 'configOf'>
}

type Described = Pick<JobRecord, 'id' | 'spec' | 'environment'>

/** For a process of its own. */
export function runSpecOf(job: Described, host: RunSpecHost): RunSpec {
  const { spec } = job
  return {
    ...processSpec(job, host),
    ...(spec.stdin && { stdin: runInput(spec.stdin) }),
    ...(spec.inputs && { inputs: spec.inputs }),
    ...(spec.outputs && { outputs: spec.outputs }),
    ...(typeof spec.stdout === 'object' && { stdoutFile: spec.stdout.file }),
    ...(spec.stderr && { stderrFile: spec.stderr.file }),
    ...(spec.okExitCodes && { okExitCodes: spec.okExitCodes }),
    ...limitsOf(spec),
  }
}

/**
 * For a process that is kept alive under an id of its own.
 * @throws Error when nothing could be said to it
 */
export function workerSpecOf(id: string, job: Described, host: RunSpecHost): RunSpec {
  if (!job.spec.protocol) throw new Error('A worker needs a protocol, "lines" or "frames".')
  return { ...processSpec(job, host), id, spoolFile: join(host.paths.spool, id) }
}

/** For a worker that has been started. */
export function orderOf({ id, spec }: Pick<JobRecord, 'id' | 'spec'>): TaskOrder {
  return { id, input: spec.stdin, ...limitsOf(spec) }
}

/** A request for a worker that has been started; it has no job. */
export function requestOrder({ id, input, timeoutMs }: WorkerRequest): TaskOrder {
  return { id, input, ...(timeoutMs !== undefined && { timeoutMs }) }
}

function processSpec(job: Described, { environments, queues, settings: { values }, paths }: RunSpecHost): RunSpec {
  const { id, spec } = job
  const queue = queues.configOf(job)
  const wrapper = [...(queue?.wrapper ?? []), ...(spec.wrapper ?? [])]
  return {
    id,
    name: spec.name,
    command: spec.command,
    cwd: spec.cwd,
    ...environmentOf(job, queue, environments),
    cores: spec.cores ?? 1,
    spoolFile: join(paths.spool, id),
    maxOutputBytes: values.maxOutputMegabytes * 1024 * 1024,
    graceMs: values.killGraceSeconds * 1000,
    niceness: values.niceness,
    ...(spec.memoryMB !== undefined && { memoryMB: spec.memoryMB }),
    ...(spec.shell !== undefined && { shell: spec.shell }),
    ...(spec.container && { container: { ...spec.container, env: namesOf(spec, queue) } }),
    ...(wrapper.length > 0 && { wrapper }),
    ...(spec.protocol && { protocol: protocolOf(spec.protocol, spec.startTimeoutSeconds, paths) }),
  }
}

/** Elsewhere a job begins with the environment that is there. */
function environmentOf(
  job: Described,
  queue: QueueConfig | undefined,
  environments: RunSpecHost['environments'],
): Pick<RunSpec, 'env' | 'envChanges'> {
  if (!isElsewhere(queue)) return { env: environments.of(job, queue?.env) }
  return { env: {}, envChanges: environments.changesOf(job, queue.env) }
}

function namesOf({ env, secretEnv = [] }: JobRecord['spec'], queue: QueueConfig | undefined): string[] {
  const all = { ...queue?.env, ...env }
  return [...Object.keys(all).filter(name => all[name] !== null), ...secretEnv]
}

function protocolOf(name: ProtocolSpec['name'], startSeconds = DEFAULT_START_SECONDS, paths: StatePaths): ProtocolSpec {
  return {
    name,
    startTimeoutMs: startSeconds * 1000,
    arrayFolders: arrayFolders(paths),
    pythonFolder: join(dirname(process.argv[1] ?? ''), 'python'),
  }
}

function limitsOf({ timeoutSeconds, noOutputTimeoutSeconds }: JobRecord['spec']) {
  return {
    ...(timeoutSeconds !== undefined && { timeoutMs: timeoutSeconds * 1000 }),
    ...(noOutputTimeoutSeconds !== undefined && { noOutputTimeoutMs: noOutputTimeoutSeconds * 1000 }),
  }
}

function runInput(input: StoredInput): RunInput {
  if ('text' in input) return { bytes: Buffer.from(input.text) }
  const arrays = 'arrays' in input && input.arrays ? { arrays: input.arrays } : {}
  if ('file' in input) return { file: input.file, ...(input.owned && { owned: true as const }), ...arrays }
  if ('base64' in input) return { bytes: Buffer.from(input.base64, 'base64'), ...arrays }
  throw new Error('A job was started before its stdin function had answered.')
}
