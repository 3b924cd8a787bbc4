// A real Slurm of one node on this machine: its own folder, ports and keys, nothing of the machine's is used or touched. Needs root,
// as its daemons do, and the programs of the packages slurm-wlm and munge.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './inspector'
import { until } from './until'

/** Thrice of it is less than a hook may take. */
const LIMIT_MS = 50_000
const CANCEL_LIMIT_MS = 9000
const daemons = ['munged', 'slurmctld', 'slurmd'] as const
const programs = daemons.map(name =>
  ['/usr/sbin', '/usr/local/sbin'].map(folder => join(folder, name)).find(existsSync),
)

export const hasSlurm = process.getuid?.() === 0 && programs.every(Boolean)

type Daemon = (typeof daemons)[number]

export interface TestSlurm {
  /** For SLURM_CONF. */
  readonly config: string
  /** All its nodes see it. */
  readonly folder: string
  /** Runs a command of Slurm. @returns what it printed */
  run(...words: string[]): string
  /** Jobs that have not ended, as `ID STATE`. */
  jobs(): string[]
  /** A controller that ends with SIGKILL may have forgotten jobs when it is back, and give their numbers to others. */
  end(daemon: Daemon, signal: NodeJS.Signals): Promise<void>
  start(daemon: Daemon): void
  /** A node that it does not trust any more is used again. */
  resumeNode(): void
  remove(): Promise<void>
}

/**
 * @param more lines of slurm.conf, instead of those with the same names
 * @param gres what gres.conf says
 */
export async function startSlurm(more: Readonly<Record<string, string>> = {}, gres = ''): Promise<TestSlurm> {
  const folder = mkdtempSync(join(tmpdir(), 'hj-slurm-'))
  chmodSync(folder, 0o755)
  const file = (name: string) => join(folder, name)
  for (const name of ['state', 'spool', 'munge']) mkdirSync(file(name))
  writeFileSync(file('munge.key'), randomBytes(1024), { mode: 0o400 })
  const config = file('slurm.conf')
  const settings = { ...(await settingsOf(folder)), ...more }
  writeFileSync(
    config,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  if (gres !== '') writeFileSync(file('gres.conf'), `${gres}\n`)
  const env = { ...process.env, SLURM_CONF: config }
  const words: Readonly<Record<Daemon, readonly string[]>> = {
    munged: ['-F', '--force', `--socket=${file('munge/socket')}`, `--key-file=${file('munge.key')}`].concat(
      ['log', 'pid', 'seed'].map(name => `--${name}-file=${file(`munge/${name}`)}`),
    ),
    slurmctld: ['-D'],
    slurmd: ['-D', '-N', settings.SlurmctldHost.replace(/\(.*/, '')],
  }
  const running = new Map<Daemon, ChildProcess>()
  const slurm: TestSlurm = {
    config,
    folder: file('shared'),
    run: (...[program = '', ...args]) => execFileSync(program, args, { env, encoding: 'utf8' }),
    jobs() {
      const lines = slurm.run('squeue', '--noheader', '--format=%i %T').split('\n')
      return lines.filter(line => line.trim() !== '' && !line.includes('COMPLETING'))
    },
    async end(daemon, signal) {
      const child = running.get(daemon)
      running.delete(daemon)
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const exit = new Promise(resolve => child.once('exit', resolve))
      child.kill(signal)
      await exit
    },
    start(daemon) {
      const child = spawn(programs[daemons.indexOf(daemon)] ?? daemon, words[daemon], { env, stdio: 'ignore' })
      process.on('exit', () => child.kill('SIGKILL'))
      running.set(daemon, child)
    },
    resumeNode() {
      const [node = '', state = ''] = slurm.run('sinfo', '--noheader', '--Node', '--format=%N %T').trim().split(' ')
      if (/drain|down/.test(state)) slurm.run('scontrol', 'update', `NodeName=${node}`, 'State=RESUME')
    },
    async remove() {
      // what ends by itself meanwhile is refused, and a controller that is away answers nothing
      const cancelAll = () => {
        for (const line of slurm.jobs()) slurm.run('scancel', '--signal=KILL', '--full', line.split(' ')[0] ?? '')
        return slurm.jobs().length === 0
      }
      if (running.has('slurmctld') && running.has('slurmd'))
        await until(cancelAll, CANCEL_LIMIT_MS, 'a cluster without jobs').catch(() => undefined)
      for (const daemon of [...daemons].reverse()) await slurm.end(daemon, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  slurm.start('munged')
  await until(() => existsSync(file('munge/socket')), LIMIT_MS, 'munge')
  slurm.start('slurmctld')
  slurm.start('slurmd')
  const isIdle = () => slurm.run('sinfo', '--noheader', '--format=%T').trim() === 'idle'
  await until(isIdle, LIMIT_MS, `a cluster, which says: ${readFileSync(config, 'utf8')}`)
  return slurm
}

async function settingsOf(folder: string) {
  const node = hostname().split('.')[0] ?? 'localhost'
  const file = (name: string) => join(folder, name)
  return {
    ClusterName: 'test',
    SlurmctldHost: `${node}(127.0.0.1)`,
    SlurmUser: 'root',
    AuthType: 'auth/munge',
    AuthInfo: `socket=${file('munge/socket')}`,
    SlurmctldPort: String(await freePort()),
    SlurmdPort: String(await freePort()),
    StateSaveLocation: file('state'),
    SlurmdSpoolDir: file('spool'),
    SlurmctldPidFile: file('slurmctld.pid'),
    SlurmdPidFile: file('slurmd.pid'),
    SlurmctldLogFile: file('slurmctld.log'),
    SlurmdLogFile: file('slurmd.log'),
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    SelectType: 'select/cons_tres',
    SelectTypeParameters: 'CR_Core',
    ReturnToService: '2',
    SchedulerParameters: 'batch_sched_delay=1,sched_interval=1',
    AccountingStorageType: 'accounting_storage/none',
    KillWait: '5',
    // whatever this machine has: a test may want more than it does
    SlurmdParameters: 'config_overrides',
    NodeName: `${node} NodeAddr=127.0.0.1 CPUs=8 RealMemory=8000 State=UNKNOWN`,
    PartitionName: `main Nodes=${node} Default=YES MaxTime=60 State=UP`,
  }
}
