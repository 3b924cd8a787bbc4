// Entry of a runner. The job service is on the other side of a descriptor of its own. One that was started through a launcher is
// told so, and has it on stdin and stdout.
import { mkdtempSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import os from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { usableCores } from './base/machine'
import { LAUNCH_STEPS, type RunnerHello } from './base/runnerHello'
import { CHANNEL_FD } from './base/runnerProtocol'
import { serveRuns } from './runner/runner'

const [, , option, mark = ''] = process.argv

/** Not `process.stdout`: a write to that blocks while nobody reads. */
function standardStreams(): Duplex {
  const readable = new Socket({ fd: 0, readable: true, writable: false })
  const writable = new Socket({ fd: 1, readable: false, writable: true })
  return Duplex.from({ readable, writable })
}

function serveLaunched(): void {
  const folder = mkdtempSync(join(os.tmpdir(), 'headless-jobs-runner-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { cores, why } = usableCores()
  const hello: RunnerHello = {
    node: process.version,
    platform: process.platform,
    arch: process.arch,
    host: os.hostname(),
    cores,
    coresWhy: why,
    folder,
    home: os.homedir(),
  }
  const channel = standardStreams()
  channel.write(`\n${mark} ${LAUNCH_STEPS.ready} ${JSON.stringify(hello)}\n`)
  serveRuns(channel)
}

if (option === '--launched') serveLaunched()
else serveRuns(new Socket({ fd: CHANNEL_FD }))
