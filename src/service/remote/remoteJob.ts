// A job on its way elsewhere and back: what it is there, what is sent before it begins, and what is brought here when it has ended.
import path from 'node:path'
import type { EndedBy, JobError } from '../../api'
import { outcomeOf } from '../../core/jobs/job'
import type { ElsewhereConfig } from '../../core/jobs/queueConfig'
import { findFiles } from '../../run/base/findFiles'
import type { FoundFile } from '../../run/base/runnerProtocol'
import type { RunEnd, RunOutput, RunSpec } from '../../run/base/runTypes'
import { reasonOf, StartError } from '../../run/base/startError'
import { FileOutput } from '../../run/output/fileOutput'
import { findTarget } from '../../run/output/outputTarget'
import { bringOutputs, missingOutput, NotBroughtError, sendNamed } from '../files/jobFiles'
import { inTime, isWhole } from '../files/lateFiles'
import { type AttemptFiles, keepThere, type LeftFiles } from '../files/leftFiles'
import { bringArrays, protocolThere, sendArrays } from '../files/remoteArrays'
import type { RemoteFiles } from '../files/remoteFiles'
import { mappedPath, mappedWord, type PathMapping } from '../files/remotePaths'

const endingOf = { stdout: '.out', stderr: '.err' } as const
/** What comes between the limit of an output and the end of its job. */
const MAX_BEYOND = 64 * 1024 * 1024

interface Brought {
  what: 'stdout' | 'stderr'
  output: RunOutput
  end: RunEnd
  target: string | undefined
  stopped(): EndedBy | undefined
}

export interface RemotePlace {
  readonly files: RemoteFiles
  readonly left: LeftFiles
  /** Of the runner there. */
  readonly folder: string
  /** How messages call it. */
  readonly host: string
}

export class RemoteJob {
  /** As it is here. */
  readonly local: RunSpec
  readonly #config: ElsewhereConfig
  readonly #place: RemotePlace
  readonly #copies: boolean
  /** Its own there, when files are copied. */
  readonly #folder: string
  readonly #input: { from: string; to: string } | undefined
  /** What was sent and fits its outputs: an output only when the job has changed it. */
  #sent: readonly FoundFile[] = []
  /** Of this attempt. */
  #leftFiles: AttemptFiles | undefined

  constructor(local: RunSpec, config: ElsewhereConfig, place: RemotePlace) {
    this.local = local
    this.#config = config
    this.#place = place
    this.#copies = config.files === 'copy'
    this.#folder = `${place.folder}/${local.id}`
    this.#input = this.#inputOf(local)
  }

  /** A file that is not there, and has to be sent. */
  #inputOf({ stdin, cwd, id }: RunSpec): { from: string; to: string } | undefined {
    if (!stdin || !('file' in stdin) || !(this.#copies || stdin.owned)) return undefined
    return { from: path.resolve(cwd, stdin.file), to: `${this.#place.folder}/${id}.in` }
  }

  /**
   * Sends what it reads.
   * @returns the job as the runner there gets it
   * @throws StartError that says what could not be sent
   */
  async prepare(): Promise<RunSpec> {
    const { files, folder, host } = this.#place
    const { command, id, protocol, stdin } = this.local
    let words = command.map(word => mappedWord(word, this.#config.paths ?? {}))
    await this.#place.left.clear(id)
    const left = this.#left
    try {
      if (this.#copies) {
        left.add(this.#folder)
        await files.makeFolder(this.#folder)
        words = await sendNamed(this.local, files, { folder, jobFolder: this.#folder })
        this.#sent = await files.find(this.#folder, this.local.outputs ?? [])
      }
      if (stdin?.arrays && protocol) left.add(...(await sendArrays(id, protocol, files, folder)))
      if (this.#input) {
        left.add(this.#input.to)
        await files.put(this.#input.from, this.#input.to)
      }
    } catch (error) {
      if (error instanceof StartError) throw error
      const what = this.#input ? `The stdin file ${this.#input.from}` : 'What it reads'
      throw new StartError(`${what} could not be sent to ${host}: ${reasonOf(error)}.`)
    }
    return this.#specThere(words)
  }

  #specThere(command: readonly string[]): RunSpec {
    const { local } = this
    const { folder } = this.#place
    const { stdin: _, stdoutFile: __, stderrFile: ___, inputs: ____, outputs: _____, ...rest } = local
    const input = this.#input ? { file: this.#input.to } : mappedInput(local, this.#config)
    return {
      ...rest,
      command,
      cwd: this.#copies ? this.#folder : cwdThere(local.cwd, this.#config),
      spoolFile: this.#spoolThere(''),
      ...(input && { stdin: input }),
      ...(!this.#copies && filesThere(local, this.#config.paths ?? {})),
      ...(local.protocol && { protocol: protocolThere(local.protocol, folder) }),
    }
  }

  /**
   * Brings what it wrote; what cannot be brought is an error of the job. Never rejects.
   * @param stopped who has asked it to end meanwhile
   */
  async complete(end: RunEnd, stopped: () => EndedBy | undefined): Promise<RunEnd> {
    if (this.#input) this.#left.add(this.#input.to) // also of what an earlier service has sent
    if (this.#copies) this.#left.add(this.#folder)
    const problems: JobError[] = []
    /** What nobody is notified of is not kept. */
    const keep = async (there: string, name?: 'They are') =>
      end.error || stopped() ? '' : keepThere(this.#place, this.#left, there, name)
    const bring = async (what: 'stdout' | 'stderr', output: RunOutput, target: string | undefined) => {
      try {
        return await this.#bring({ what, output, end, target, stopped })
      } catch (error) {
        const where = 'file' in output ? await keep(this.outputThere(what)) : ''
        problems.push({ kind: 'service', message: this.#lostOutput(what, end, error) + where })
        return 'file' in output ? { bytes: new Uint8Array() } : output
      }
    }
    const stdout = await bring('stdout', end.stdout, this.local.stdoutFile)
    if (end.arrays) await this.#bringArrays(end.arrays, problems)
    const errors = await bring('stderr', errorsOf(end), this.local.stderrFile)
    if (this.local.outputs && end.startedAt !== undefined)
      await this.#bringOutputs(this.local.outputs, end, problems, { stopped, keep })
    const { stderrFile: _, error: failure, ...rest } = end
    const endedBy = problems.length > 0 ? stopped() : undefined // who does not want it does not wait for what is late
    const problem = failure ? this.#placed(failure) : endedBy ? undefined : problems[0]
    return {
      ...rest,
      ...(endedBy && { endedBy }),
      stdout,
      ...('file' in errors && { stderrFile: errors.file }),
      ...(problem && { error: problem }),
    }
  }

  get #left(): AttemptFiles {
    this.#leftFiles ??= this.#place.left.begin(this.local.id)
    return this.#leftFiles
  }

  /** Its end is on disk, or it has not begun: nothing of it has to be there any more. */
  clean(): void {
    void this.#leftFiles?.remove()
  }

  /** A file of the runner’s own is on its host. */
  #placed({ message, ...error }: JobError): JobError {
    const { folder, host } = this.#place
    return { ...error, message: message.replaceAll(folder, `${host}:${folder}`) }
  }

  async #bringArrays(names: readonly string[], problems: JobError[]): Promise<void> {
    const { files, folder, host } = this.#place
    const { id, protocol } = this.local
    if (!protocol) return
    try {
      this.#left.add(...(await bringArrays(id, names, protocol, files, folder)))
    } catch (error) {
      problems.push({ kind: 'service', message: `Its arrays could not be brought from ${host}: ${reasonOf(error)}.` })
    }
  }

  async #bringOutputs(
    patterns: readonly string[],
    end: RunEnd,
    problems: JobError[],
    { stopped, keep }: { stopped: Brought['stopped']; keep(there: string, name: 'They are'): Promise<string> },
  ): Promise<void> {
    const { files, host } = this.#place
    const { cwd } = this.local
    const find = (some: readonly string[]) => (this.#copies ? files.find(this.#folder, some) : findFiles(cwd, some))
    const add = (message: string) => problems.push({ kind: 'service', message })
    try {
      const missing = this.#hasSucceeded(end) ? await missingOutput(patterns, find, stopped) : undefined
      if (missing !== undefined) add(`${this.#howEnded(end)}, but wrote nothing that its output ${missing} fits.`)
      if (!this.#copies) return
      await bringOutputs(await find(patterns), this.#sent, cwd, { files, jobFolder: this.#folder })
    } catch (error) {
      const where = error instanceof NotBroughtError ? await keep(this.#folder, 'They are') : ''
      add(`Its outputs could not be brought from ${host}: ${reasonOf(error)}.${where}`)
    }
  }

  #hasSucceeded(end: RunEnd): boolean {
    return outcomeOf(end, this.local.okExitCodes).state === 'succeeded'
  }

  #howEnded(end: RunEnd): string {
    return `${this.#hasSucceeded(end) ? 'The job succeeded' : 'The job ended'} on ${this.#place.host}`
  }

  #lostOutput(what: string, end: RunEnd, error: unknown): string {
    return `${this.#howEnded(end)}, but its ${what} could not be brought here: ${reasonOf(error)}.`
  }

  /** A file of the runner's own, or one that the job was to write here. */
  async #bring({ what, output, end, target, stopped }: Brought): Promise<RunOutput> {
    if (this.#copies && target !== undefined) {
      if ('file' in output) this.#left.add(this.outputThere(what))
      return this.#save(what, output, end, target)
    }
    if (!('file' in output)) return output
    const { bytes } = output
    if (target !== undefined) return this.#shared(path.resolve(this.local.cwd, target), bytes, end, stopped)
    const file = `${this.local.spoolFile}${endingOf[what]}`
    this.#left.add(this.outputThere(what))
    await this.#place.files.fetch(this.outputThere(what), this.#checked(bytes), file)
    return { file, bytes }
  }

  /** The file into which its runner writes a stream, where that is one of its own. */
  outputThere(stream: keyof typeof endingOf): string {
    return this.#spoolThere(endingOf[stream])
  }

  /** Not by what is said from there: that may be anything. */
  #spoolThere(ending: string): string {
    return `${this.#place.folder}/${this.local.id}${ending}`
  }

  /** @throws Error for more than the job may write */
  #checked(bytes: number): number {
    if (bytes <= this.local.maxOutputBytes + MAX_BEYOND) return bytes
    throw new Error(`it has ${bytes} bytes, which is more than the limit`)
  }

  /** What was written there is to be here by itself. */
  async #shared(file: string, bytes: number, end: RunEnd, stopped: Brought['stopped']): Promise<RunOutput> {
    if (!this.#hasSucceeded(end) || (await inTime(() => isWhole(file, bytes), stopped))) return { file, bytes }
    throw new Error(`${file} has not come: the queue needs "paths" for that folder, or "files": "copy"`)
  }

  /** In place of what it names here, once the job has succeeded. */
  async #save(what: 'stdout' | 'stderr', output: RunOutput, end: RunEnd, target: string): Promise<RunOutput> {
    if (!this.#hasSucceeded(end)) return { bytes: new Uint8Array() }
    const { cwd, spoolFile } = this.local
    const saved = await FileOutput.open(what, await findTarget(what, target, cwd), `${spoolFile}${endingOf[what]}`)
    try {
      const put = (bytes: Uint8Array, at: number) => saved.write(bytes, at)
      if ('file' in output) await this.#place.files.read(this.outputThere(what), this.#checked(output.bytes), put)
      else await put(output.bytes, 0)
      await saved.release()
      await saved.keep()
    } catch (error) {
      await saved.discard()
      throw error
    }
    return { file: saved.file, bytes: 'file' in output ? output.bytes : output.bytes.length }
  }
}

/** What is not in a file is in memory, and whole. */
function errorsOf({ stderr, stderrBytes, stderrFile }: RunEnd): RunOutput {
  return stderrFile === undefined ? { bytes: stderr } : { file: stderrFile, bytes: stderrBytes }
}

function mappedInput({ stdin, cwd }: RunSpec, { paths = {} }: ElsewhereConfig): RunSpec['stdin'] {
  if (!stdin || !('file' in stdin)) return stdin
  return { file: mappedWord(path.resolve(cwd, stdin.file), paths) }
}

/** A folder that is not mapped is the one of the queue, if it has one; else it is taken to be the same there. */
function cwdThere(cwd: string, { cwd: ofQueue, paths = {} }: ElsewhereConfig): string {
  return mappedPath(cwd, paths) ?? ofQueue ?? cwd
}

function filesThere({ cwd, stdoutFile, stderrFile }: RunSpec, mapping: PathMapping): Partial<RunSpec> {
  const there = (file: string) => mappedWord(path.resolve(cwd, file), mapping)
  return {
    ...(stdoutFile !== undefined && { stdoutFile: there(stdoutFile) }),
    ...(stderrFile !== undefined && { stderrFile: there(stderrFile) }),
  }
}
