// Job services and windows of another version: this one, bundled with other constants and without what came later.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import type { ServiceMethod } from '../../src/core/protocol/protocol'
import type { MachineSettings } from '../../src/core/protocol/settingsTable'
import type { openWindow } from './window'

export interface OtherVersion {
  /** The lowest and the highest protocol that it speaks. */
  protocols?: readonly [number, number]
  /** Requests that it does not know. */
  withoutRequests?: readonly ServiceMethod[]
  withoutSettings?: readonly (keyof MachineSettings)[]
  /** Its handshake is that of protocol 4, which knew no ranges. */
  knowsOneProtocol?: boolean
  /** It sends events of workers that came later. */
  sendsMore?: boolean
}

type Edit = (source: string) => string

/** @returns the bundle of its job service, in that folder */
export async function bundleService(folder: string, version: OtherVersion): Promise<string> {
  const outfile = join(folder, `service-${JSON.stringify(version).replace(/\W+/g, '-')}.cjs`)
  await bundle('src/service/main.ts', outfile, version)
  return outfile
}

/** @returns what opens its windows */
export async function bundleWindow(folder: string, version: OtherVersion): Promise<typeof openWindow> {
  const outfile = join(folder, `window-${JSON.stringify(version).replace(/\W+/g, '-')}.cjs`)
  await bundle('test/support/window.ts', outfile, version)
  const loaded = createRequire(import.meta.url)(outfile) as { openWindow: typeof openWindow }
  return loaded.openWindow
}

async function bundle(entry: string, outfile: string, version: OtherVersion): Promise<void> {
  const shared = { bundle: true, platform: 'node', target: 'node24', format: 'cjs', logLevel: 'error' } as const
  await build({ ...shared, entryPoints: [entry], outfile, plugins: [edited(editsOf(version))] })
}

function editsOf({ protocols, withoutRequests = [], withoutSettings = [], knowsOneProtocol, sendsMore }: OtherVersion) {
  const edits: Record<string, Edit[]> = {
    'src/core/protocol/protocol.ts': withoutRequests.map(name => replaced(`\n  ${name}: true,`, '')),
    'src/core/protocol/settingsTable.ts': withoutSettings.map(name =>
      replaced(new RegExp(`^  ${name}: \\{.*\\},$`, 'm'), ''),
    ),
  }
  if (protocols) {
    edits['src/core/handshake/hello.ts'] = [
      replaced(/MIN_PROTOCOL = \d+/, `MIN_PROTOCOL = ${protocols[0]}`),
      replaced(/PROTOCOL_VERSION = \d+/, `PROTOCOL_VERSION = ${protocols[1]}`),
    ]
  }
  if (knowsOneProtocol) {
    const handshake = readFileSync('test/fixtures/versions/handshake4.ts', 'utf8')
    edits['src/service/server/handshake.ts'] = [() => handshake.replaceAll('../../../src/', '../../')]
    edits['src/client/connection/serviceConnector.ts'] = [replaced(', minProtocol: MIN_PROTOCOL', '')]
  }
  if (sendsMore) {
    const ready = "session.send({ type: 'workerReady', worker })"
    const more = "session.send({ type: 'workerOfLater', worker } as never)"
    edits['src/service/sessions/sessionWorkers.ts'] = [replaced(ready, `[${more}, ${ready}]`)]
  }
  return edits
}

/** Fails when there is nothing to replace: the tests would be about this version. */
function replaced(what: string | RegExp, by: string): Edit {
  return source => {
    if (source.split(what).length !== 2) throw new Error(`${what} is not once in the source any more.`)
    return source.replace(what, by)
  }
}

function edited(edits: Readonly<Record<string, readonly Edit[]>>): Plugin {
  const byPath = new Map(Object.entries(edits).map(([file, list]) => [resolve(file), list]))
  return {
    name: 'other version',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const list = byPath.get(path)
        if (!list) return undefined
        const contents = list.reduce((source, edit) => edit(source), readFileSync(path, 'utf8'))
        return { contents, loader: 'ts' }
      })
    },
  }
}
