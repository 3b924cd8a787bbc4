// Entry of a runner. The job service is on the other side of a descriptor of its own, or with `--stdio` of stdin and stdout,
// which a launcher passes on.
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { CHANNEL_FD } from './base/runnerProtocol'
import { serveRuns } from './runner/runner'

/** Not `process.stdout`: a write to that blocks while nobody reads. */
function standardStreams(): Duplex {
  const readable = new Socket({ fd: 0, readable: true, writable: false })
  const writable = new Socket({ fd: 1, readable: false, writable: true })
  return Duplex.from({ readable, writable })
}

serveRuns(process.argv.includes('--stdio') ? standardStreams() : new Socket({ fd: CHANNEL_FD }))
