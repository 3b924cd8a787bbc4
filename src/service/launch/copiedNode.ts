// The Node that runs the job service, as a copy where there is none: whether it runs there, and how it is taken.
import { launchMark } from '../../run/base/runnerHello'

/** Where it is put, for a shell there. */
export const COPIED_NODE = '"$HOME"/.cache/headless-jobs/node'

/** A machine, as far as programs care; the C library of Linux by its version. */
export interface Machine {
  /** As `uname` has them. */
  system: string
  machine: string
  /** Empty where it is another one, or none. */
  glibc: string
}

const systems: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'Darwin' }
const machines: Readonly<Record<string, readonly string[]>> = { x64: ['x86_64', 'amd64'], arm64: ['aarch64', 'arm64'] }

/** A Node that is one file. */
export interface OwnNode {
  file: string
  platform: string
  arch: string
  /** The version of the C library that it needs at least; empty for another library. */
  glibc: string
}

/** `undefined` where it is part of an editor: a file of that alone does not run. */
export function ownNode(): OwnNode | undefined {
  if (process.versions.electron !== undefined) return undefined
  const { header } = process.report.getReport() as { header: { glibcVersionCompiler?: string } }
  const { arch, execPath, platform } = process
  return { file: execPath, platform, arch, glibc: header.glibcVersionCompiler ?? '' }
}

/** What a shell says of its machine: `uname -s`, `uname -m`, and the version of glibc. */
export function fits({ platform, arch, glibc }: OwnNode, there: Machine): boolean {
  if (systems[platform] !== there.system || !machines[arch]?.includes(there.machine)) return false
  return platform !== 'linux' || (glibc !== '' && there.glibc !== '' && compare(there.glibc, glibc) >= 0)
}

function compare(a: string, b: string): number {
  const [x = [], y = []] = [a, b].map(version => version.split('.').map(Number))
  return (x[0] ?? 0) - (y[0] ?? 0) || (x[1] ?? 0) - (y[1] ?? 0)
}

export const COPY_STEPS = { take: 'take', done: 'done', failed: 'failed' } as const

/** Takes a compressed Node from what follows, once it has said so; in place only when it runs there. */
export function copyScript(nonce: string): string {
  const say = (step: string) => `printf '\\n%s ${step} %s\\n' ${launchMark(nonce)}`
  return `{
node=${COPIED_NODE}
part="$node.$$"
${say(COPY_STEPS.take)} ''
why=$( { mkdir -p "\${node%/*}" && gzip -dc > "$part" && chmod 755 "$part" && "$part" --version > /dev/null && mv "$part" "$node"; } 2>&1 ) &&
  { ${say(COPY_STEPS.done)} "$node"; exit 0; }
rm -f "$part"
${say(COPY_STEPS.failed)} "$(printf %s "$why" | tr '\\n' ' ')"
exit 1
}
`
}
