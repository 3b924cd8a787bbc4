// A real ssh server on this machine for the user who runs the tests: a port and keys of its own, nothing of the user's is used or
// touched. Needs the program sshd.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './inspector'
import { isAlive, sendSignal } from './tempState'
import { until } from './until'

const PROGRAM = ['/usr/sbin/sshd', '/usr/bin/sshd', '/usr/local/sbin/sshd'].find(existsSync)

export const hasSshd = PROGRAM !== undefined

export interface TestSshd {
  /** For `-F`: the host is called `lab`. */
  readonly config: string
  /** Of the server that listens. */
  readonly pid: number
  /** Of it and of those that serve its connections. */
  signal(name: NodeJS.Signals): void
  stop(): Promise<void>
  start(): Promise<void>
  /** The clients of these connections, by their process ids. */
  clients(): number[]
  /** Kills them. */
  cut(): void
  /** Kills those that serve its connections. */
  cutThere(): void
  remove(): Promise<void>
}

/**
 * @param env variables of what it starts
 * @throws Error when there is no sshd
 */
export async function startSshd(env: Readonly<Record<string, string>> = {}): Promise<TestSshd> {
  if (PROGRAM === undefined) throw new Error('There is no sshd on this machine.')
  const program = PROGRAM
  const folder = mkdtempSync(join(tmpdir(), 'hj-sshd-'))
  const file = (name: string) => join(folder, name)
  for (const key of ['host', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(key)])
  const port = await freePort()
  writeFileSync(file('authorized'), readFileSync(file('user.pub')))
  chmodSync(file('authorized'), 0o600)
  writeFileSync(file('known'), `[127.0.0.1]:${port} ${readFileSync(file('host.pub'), 'utf8')}`)
  writeFileSync(file('sshd_config'), serverConfig(folder, port, env))
  writeFileSync(file('config'), clientConfig(folder, port))
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 }) // where it asks for one
  let server: ChildProcess | undefined
  const sshd: TestSshd = {
    config: file('config'),
    get pid() {
      return server?.pid ?? 0
    },
    async start() {
      server = spawn(program, ['-D', '-e', '-f', file('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] })
      let said = ''
      server.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      await until(() => said.includes('Server listening'), 30_000, `an ssh server, which says: ${said}`)
    },
    signal(name) {
      for (const pid of serversFrom(sshd.pid)) sendSignal(pid, name)
    },
    async stop() {
      const ended = server && server.exitCode === null && server.signalCode === null
      const exit = new Promise(resolve => server?.once('exit', resolve))
      server?.kill('SIGKILL')
      if (ended) await exit
    },
    clients: () => pidsOf(`ssh -T -F ${sshd.config}`).filter(isAlive),
    cut() {
      for (const client of sshd.clients()) sendSignal(client, 'SIGKILL')
    },
    cutThere() {
      for (const pid of serversFrom(sshd.pid).slice(1)) sendSignal(pid, 'SIGKILL')
    },
    async remove() {
      await sshd.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await sshd.start()
  return sshd
}

/** A server, and those that it has started for its connections. */
function serversFrom(server: number): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' }).trim().split('\n')
  const all = lines.map(line => line.trim().split(/\s+/)).filter(([, , name]) => name?.startsWith('sshd'))
  const found = [server]
  for (const parent of found) for (const [pid, of] of all) if (Number(of) === parent) found.push(Number(pid))
  return found
}

function pidsOf(words: string): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n')
  return lines.filter(line => line.includes(words) && !line.includes('ps -eo')).map(line => Number.parseInt(line, 10))
}

function serverConfig(folder: string, port: number, env: Readonly<Record<string, string>>): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    `PidFile ${join(folder, 'pid')}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    ...(variables.length > 0 ? [`SetEnv ${variables.join(' ')}`] : []),
    '',
  ].join('\n')
}

function clientConfig(folder: string, port: number): string {
  return [
    'Host lab',
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    `  IdentityFile ${join(folder, 'user')}`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${join(folder, 'known')}`,
    '  StrictHostKeyChecking yes',
    '',
  ].join('\n')
}
