// Entry of the job service. It takes the lock, opens the store and its
// socket, and ends when it is not needed any more: one process per user and machine.
import { randomBytes, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { writeLeftWork } from './base/leftWork'
import { isShared, makeFolders, readRecord, type StatePaths, socketPath, statePaths, writeRecord } from './base/paths'
import { createJobService, type JobService } from './jobService'
import { isAnswered, listen } from './server/server'
import { Strangers } from './server/strangers'
import { FileRestorer, type RestorableFiles } from './state/fileRestorer'
import { type Holder, heldByLock, holdFolder } from './state/holder'
import { KeptBundle } from './state/keptBundle'
import { acquireLock, type Lock } from './state/lock'
import { ServiceLog } from './state/serviceLog'
import { writeFailure } from './state/startFailure'

/** How often the history is trimmed to its limits. */
const TRIM_INTERVAL_MS = 60 * 60 * 1000

async function main(): Promise<void> {
  const [state, version = '0'] = process.argv.slice(2)
  if (!state) throw new Error('Usage: service STATE_FOLDER VERSION')
  delete process.env.ELECTRON_RUN_AS_NODE // a job must not inherit it
  // it owns running processes: one fault must not end them all
  process.on('uncaughtException', error => console.error('Unexpected:', error))
  const paths = statePaths(state)
  makeFolders(paths)
  process.chdir(paths.state)
  const lock = acquireLock(paths.lock)
  if (!lock) return // another service runs: the client finds that one
  const socket = socketPath(paths)
  // its lock was removed, and it will restore it; Windows lets nobody remove a file that is open
  if (process.platform !== 'win32' && (await isAnswered(socket))) return lock.release()
  const holder = isShared(paths.state) ? await holdFolder(paths.state, paths.holder) : heldByLock
  await run(paths, version, socket, { lock, holder })
  process.exit(0)
}

/** Serves windows until the service is not needed any more. */
async function run(
  paths: StatePaths,
  version: string,
  socket: string,
  { lock, holder }: { lock: Lock; holder: Holder },
): Promise<void> {
  const serviceLog = new ServiceLog(paths.log)
  const bundle = new KeptBundle(process.argv[1] ?? '', paths.bundles)
  const runners = {
    get output() {
      return serviceLog.output
    },
    keepProgram: () => void bundle.keep(),
  }
  const service = createJobService(paths, { version, socket, startedAt: Date.now() }, runners)
  const token = randomBytes(32).toString('hex')
  const strangers = new Strangers()
  const options = { service, token, strangers, version, boot: randomUUID(), log }
  service.open()
  writeLeftWork(paths.left, { queued: 0, extensions: [], workspaces: [] }) // it is at work on it
  const files: RestorableFiles = {
    paths,
    record: { pid: process.pid, socket, token, version },
    bundle,
    log: serviceLog,
    lock,
    holder,
    server: await listen(socket, options),
    listen: () => listen(socket, options),
    keepStore: () => service.storeState.keep(),
    giveUp: () => service.holds.drain(),
  }
  writeRecord(paths, files.record)
  log(`Job service ${version} listens as process ${process.pid}.`)
  const restorer = new FileRestorer(files)
  bundle.removeOthers()
  trimRegularly(service)
  const taken = holder.lost.then(why => {
    service.store.abandon(why)
    return why
  })
  const why = await Promise.race([service.untilIdle(), service.ending.requested, service.storeState.lost, taken])
  log(`Ending: ${why}.`)
  restorer.stop()
  await end(service, files, why)
}

async function end(service: JobService, files: RestorableFiles, why: string): Promise<void> {
  const { paths, server } = files
  if (readRecord(paths)?.token === files.record.token) rmSync(paths.record, { force: true })
  const bye = { type: 'bye', reason: why, ...(service.holds.makesWay && { replaced: true as const }) } as const
  for (const session of service.sessions.connected) session.send(bye)
  server.close()
  await service.close()
  moveStoreAside(service)
  files.holder.release()
  files.lock.release()
  // SQLite would put its log into a store that is another machine's when the process ends in the usual way
  if (service.store.isAbandoned) process.kill(process.pid, 'SIGKILL')
}

function moveStoreAside({ ending, paths }: JobService): void {
  try {
    ending.storeClosed(paths)
  } catch (error) {
    log(`The store of jobs could not be moved: ${(error as Error).message}`) // the next service goes on with it
  }
}

function trimRegularly({ housekeeping }: JobService): void {
  const trim = () =>
    housekeeping.trimHistory().then(
      n => n > 0 && log(`${n} old jobs have left the history.`),
      (error: Error) => log(`The history could not be trimmed: ${error.message}`),
    )
  void trim()
  setInterval(() => void trim(), TRIM_INTERVAL_MS)
}

function log(message: string): void {
  console.log(`${new Date().toISOString()} ${message}`)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  if (process.argv[2]) writeFailure(statePaths(process.argv[2]), error)
  process.exit(1)
})
