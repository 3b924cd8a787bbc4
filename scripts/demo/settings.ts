// The setting `headlessJobs.queues` of a user, as VS Code has it: JSON with comments.
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { type QueueConfigs, readQueues } from '../../src/core/jobs/queueConfig'

/** Where VS Code keeps the settings of its user. */
function userSettings(): string {
  const home = homedir()
  const folders: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(home, 'Library', 'Application Support'),
    win32: process.env.APPDATA ?? join(home, 'AppData', 'Roaming'),
  }
  return join(
    folders[process.platform] ?? process.env.XDG_CONFIG_HOME ?? join(home, '.config'),
    'Code',
    'User',
    'settings.json',
  )
}

/**
 * @param file absent for that of VS Code
 * @throws Error with a sentence about what is wrong in it
 */
export function queuesOf(file = userSettings()): QueueConfigs {
  if (!existsSync(file)) throw new Error(`There are no settings ${file}: name a file with --settings.`)
  const errors: ParseError[] = []
  const settings = parse(readFileSync(file, 'utf8'), errors, { allowTrailingComma: true }) as Record<string, unknown>
  const [error] = errors
  if (error)
    throw new Error(`${file} cannot be read: ${printParseErrorCode(error.error)} at character ${error.offset}.`)
  const { queues, problems } = readQueues(settings['headlessJobs.queues'])
  const [problem] = problems
  if (problem) throw new Error(`headlessJobs.queues.${problem.key} in ${file} must be ${problem.must}.`)
  return queues
}
