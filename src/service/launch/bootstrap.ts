// How a runner is brought to where nothing of ours is: a script for `/bin/sh` finds a Node and lets it load the program that
// follows. All of it travels over stdin, so that no shell on the way has words to quote.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { LAUNCH_STEPS, launchMark } from '../../run/base/runnerHello'
import { COPIED_NODE } from './copiedNode'

/** The lowest major version of Node on which a runner runs. */
export const MIN_NODE = 22

/** Where VS Code's own servers have theirs, behind what PATH has; old ones are deleted, so each start looks anew. */
const usualNodes = [
  'node',
  'nodejs',
  COPIED_NODE,
  '"$HOME"/.vscode-server/cli/servers/*/server/node',
  '"$HOME"/.vscode-server/bin/*/node',
  '"$HOME"/.vscode-server-insiders/cli/servers/*/server/node',
  '/usr/local/bin/node',
]

/** Reads the program, of as many bytes as its first argument says, and runs it; no apostrophe may be in it. */
const LOADER = `
const { readSync, writeSync } = require("node:fs")
const { Module } = require("node:module")
const [size, mark, ...rest] = process.argv.slice(-7)
writeSync(1, "\\n" + mark + " ${LAUNCH_STEPS.send}\\n")
const bytes = Buffer.alloc(Number(size))
for (let at = 0; at < bytes.length; ) {
  try {
    const read = readSync(0, bytes, at, bytes.length - at)
    if (read === 0) process.exit(1)
    at += read
  } catch (error) {
    if (error.code !== "EAGAIN") throw error
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
  }
}
const main = new Module("headless-jobs-runner")
process.argv = [process.argv[0], "headless-jobs-runner", "--launched", mark, ...rest]
main.source = require("node:zlib").gunzipSync(bytes).toString()
main._compile(main.source, "headless-jobs-runner.cjs")
`

/** To be sent alone, and answered with its mark: what comes next is read by a shell with the environment of a login shell. */
export function loginScript(nonce: string): string {
  const mark = `printf "\\n%s ${LAUNCH_STEPS.shell}\\n" ${launchMark(nonce)}`
  return `{
case "$SHELL" in
  */bash) exec "$SHELL" -l -c '${mark}; exec "$BASH"' ;; # has the functions that it exports, too
  *csh) exec "$SHELL" -c '${mark}; exec /bin/sh' ;; # takes -l only alone
  *) exec "\${SHELL:-/bin/sh}" -l -c '${mark}; exec /bin/sh' ;;
esac
}
`
}

export interface ScriptOptions {
  nonce: string
  /** A path on the other side, before those that are looked for. */
  node?: string | undefined
  kept?: Kept | undefined
}

/** A runner that outlives its connections. */
export interface Kept {
  seconds: number
  /** Of letters and digits; distinguishes it from others of the same user. */
  key: string
  /** That which is wanted, when it is there still. */
  epoch?: string
  /** Whether this job service was connected to it. */
  isResumed: boolean
  /** It is begun by the allocation of a cluster, and not from here. */
  isHeld?: boolean
}

const NOT_KEPT: Kept = { seconds: 0, key: '', isResumed: false }

function keptWords({ seconds, key, epoch, isResumed, isHeld }: Kept = NOT_KEPT): string {
  return `${seconds} ${key || '-'} ${isResumed ? 'resume' : 'takeOver'} ${epoch ?? '-'} ${isHeld ? 'held' : 'own'}`
}

/** What a job of a cluster needs on its node. */
export interface OnNode {
  /** A path on the other side, before those that are looked for. */
  node?: string | undefined
  /** Lines of the shell before it begins. */
  setup?: readonly string[] | undefined
  loginShell?: boolean | undefined
}

/** The runner of an allocation, which is called as its job of the cluster. */
export interface Held extends OnNode, Pick<Kept, 'seconds' | 'key'> {}

/** What a script for an allocation ends with where there is no Node. */
export const NO_NODE_EXIT = 77

/** The program of a runner as it is sent, 40 KB. */
export class RunnerProgram {
  readonly bytes: Buffer

  constructor(file: string) {
    this.bytes = gzipSync(readFileSync(file))
  }

  get version(): string {
    return createHash('sha256').update(this.bytes).digest('hex').slice(0, 16)
  }

  /** One command in braces: some shells read ahead and others do not, and what is behind it is for Node. */
  script({ nonce, node, kept }: ScriptOptions): string {
    const mark = launchMark(nonce)
    return `{
${this.#search(node, mark, keptWords(kept))}
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null)
libc=\${libc##* }
machine=$(uname -sm 2>/dev/null)
printf '\\n%s ${LAUNCH_STEPS.none} %s %s%s\\n' ${mark} "\${machine:-- -}" "\${libc:--}" "$found"
exit 1
}
`
  }

  #search(node: string | undefined, mark: string, words: string): string {
    const nodes = [...(node === undefined ? [] : [quoted(node)]), ...usualNodes].join(' ')
    return `for node in ${nodes}; do
  version=$("$node" --version 2>/dev/null)
  case "$version" in
    ${versionPattern()}) ELECTRON_RUN_AS_NODE=1 exec "$node" -e '${LOADER}' -- ${this.bytes.length} ${mark} ${words} ;;
  esac
  found="$found $version"
done`
  }

  /** The whole of a job of Slurm that is a runner. */
  heldScript({ seconds, key, ...place }: Held): string {
    return this.#jobScript(place, `${seconds} ${key} serve "$SLURM_JOB_ID" held`)
  }

  /**
   * The whole of a job of Slurm that runs one of ours, or of an array of them.
   * @param array the file in which they are, without its ending
   */
  taskScript(array: string, place: OnNode): string {
    return this.#jobScript(place, `0 ${quoted(array)} task "\${SLURM_ARRAY_TASK_ID:-0}" own`)
  }

  #jobScript({ node, setup = [], loginShell }: OnNode, words: string): string {
    return `#!/bin/${loginShell || setup.length > 0 ? 'bash -l' : 'sh'}
set -e
${setup.join('\n')}
set +e
base64 -d <<'HEADLESS_JOBS' | {
${this.bytes.toString('base64').replace(/.{76}/g, '$&\n')}
HEADLESS_JOBS
${this.#search(node, '-', words)}
exit ${NO_NODE_EXIT}
}
`
  }
}

/** Of majors from the lowest on, as a pattern of the shell. */
function versionPattern(): string {
  return `v${String(MIN_NODE).charAt(0)}[${String(MIN_NODE).charAt(1)}-9].*|v[3-9][0-9].*`
}

export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
