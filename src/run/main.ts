// Entry of a runner. On this machine the job service is at the other side of a descriptor of its own; where a launcher has led it is
// at stdin and stdout, or at those of a bridge to a runner that outlives the connection.
import { mkdtempSync } from 'node:fs'
import { Socket } from 'node:net'
import os from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { usableCores } from './base/machine'
import { removeFolder } from './base/removeFolder'
import { LAUNCH_STEPS, type RunnerHello } from './base/runnerHello'
import { CHANNEL_FD } from './base/runnerProtocol'
import { type BridgeOptions, bridge, connectKept, heldFolder, NoRunnerError } from './runner/bridge'
import { serveKept } from './runner/keptRunner'
import { serveRuns } from './runner/runner'
import { serveTask } from './runner/taskRunner'

/** Given by what loads it elsewhere: its own program. */
declare const module: { source?: string }

/** Not `process.stdout`: a write to that blocks while nobody reads. */
function standardStreams(): Duplex {
  const readable = new Socket({ fd: 0, readable: true, writable: false })
  const writable = new Socket({ fd: 1, readable: false, writable: true })
  return Duplex.from({ readable, writable })
}

function helloOf(folder: string, epoch?: string): RunnerHello {
  const { cores, why } = usableCores()
  return {
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    host: os.hostname(),
    cores,
    coresWhy: why,
    folder,
    home: os.homedir(),
    ...(epoch !== undefined && { epoch }),
  }
}

function serveLaunched(mark: string): void {
  const folder = mkdtempSync(join(os.tmpdir(), 'headless-jobs-runner-'))
  process.on('exit', () => removeFolder(folder))
  const channel = standardStreams()
  channel.write(`\n${mark} ${LAUNCH_STEPS.ready} ${JSON.stringify(helloOf(folder))}\n`)
  serveRuns(channel)
}

async function serveBridge(mark: string, options: Omit<BridgeOptions, 'source'>): Promise<void> {
  const streams = standardStreams()
  try {
    const socket = await connectKept({ ...options, source: module.source ?? '' })
    streams.write(`\n${mark} ${LAUNCH_STEPS.ready} `) // the hello of the runner completes the line
    bridge(streams, socket)
  } catch (error) {
    const step = error instanceof NoRunnerError ? LAUNCH_STEPS.gone : LAUNCH_STEPS.failed
    streams.write(`\n${mark} ${step} ${(error as Error).message}\n`, () => process.exit(1))
  }
}

const [, , option, ...args] = process.argv
if (option === '--launched') {
  const [mark = '', keepSeconds = '0', key = '', request = '', epoch = '', place = ''] = args
  if (request === 'task') void serveTask(key, Number(epoch))
  else if (request === 'serve') serveKept(helloOf(heldFolder(key, epoch), epoch), Number(keepSeconds) * 1000, true)
  else if (Number(keepSeconds) > 0) {
    const isResumed = request === 'resume'
    const kept = { keepSeconds: Number(keepSeconds), key, isResumed, epoch, isHeld: place === 'held' }
    void serveBridge(mark, kept)
  } else serveLaunched(mark)
} else if (option === '--kept') {
  const [folder = '', epoch = '', keepSeconds = '0'] = args
  serveKept(helloOf(folder, epoch), Number(keepSeconds) * 1000)
} else serveRuns(new Socket({ fd: CHANNEL_FD }))
