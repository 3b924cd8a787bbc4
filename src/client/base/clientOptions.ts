// What a window or a program without VS Code says of itself, and what follows where it says nothing.
import { stateFolder } from '../../service/base/paths'
import { versionOf } from './version'

export interface ClientOptions {
  /** Where the job service keeps its things; when absent or empty, the folder of this user and machine. */
  stateFolder?: string
  /** `dist/service.cjs`. */
  bundle: string
  /**
   * Of `bundle`; when absent, as its package says. A service makes way for a newer version, so that a wrong one would
   * replace that of the windows, or keep them from replacing it.
   */
  version?: string
  /** Which workspace this window shows: its folders, as one string. */
  workspace: string
  /** What the window is called in messages. */
  window: string
  log(message: string): void
}

export type ResolvedOptions = Required<ClientOptions>

/** @throws Error when no version is given and the bundle is not where its package has it */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  return {
    ...options,
    stateFolder: stateFolder(options.stateFolder),
    version: options.version ?? versionOf(options.bundle),
  }
}
