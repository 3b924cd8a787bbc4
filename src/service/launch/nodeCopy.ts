// Brings the Node that runs the job service to where there is none, when a person wants that.
import { createReadStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip } from 'node:zlib'
import { COPY_STEPS, copyScript, type OwnNode } from './copiedNode'
import { LaunchError, type Launcher, RemoteShell } from './remoteShell'

/** @throws LaunchError */
export async function copyNode(launcher: Launcher, { file }: OwnNode): Promise<void> {
  const shell = new RemoteShell(launcher)
  const alive = new Transform({
    transform(chunk, _, done) {
      shell.extend()
      done(null, chunk)
    },
  })
  try {
    shell.write(copyScript(shell.nonce))
    await shell.next()
    const level = constants.Z_BEST_SPEED
    await pipeline(createReadStream(file), createGzip({ level }), alive, shell.child.stdin).catch(() => undefined)
    const { step, rest } = await shell.next()
    if (step !== COPY_STEPS.done) throw new LaunchError(`Node.js could not be copied: ${rest.trim()}.`)
  } catch (error) {
    throw shell.fail(error)
  } finally {
    shell.release()
  }
}
