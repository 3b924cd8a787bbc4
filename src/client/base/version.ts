// Versions as `1.2.3`.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { t } from '@vscode/l10n'

/** The `name` in our package.json. */
const PACKAGE = 'headless-jobs'

/**
 * The version of the job service that is started from a bundle, by the package.json beside the bundle's folder.
 * @throws Error when that is missing or another program's
 */
export function versionOf(bundle: string): string {
  const file = join(dirname(bundle), '..', 'package.json')
  const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown }
  if (name === PACKAGE && typeof version === 'string') return version
  throw new Error(
    t`${file} is not that of ${PACKAGE}, so the version of ${bundle} is not known; give it in the options.`,
  )
}

/** Whether version `a` is newer than `b`; `1.2.3` compared by its numbers. */
export function isNewer(a: string, b: string): boolean {
  const numbers = (version: string) => version.split(/[.+-]/).slice(0, 3).map(Number)
  const other = numbers(b)
  for (const [i, n] of numbers(a).entries()) {
    if (n !== (other[i] ?? 0)) return n > (other[i] ?? 0)
  }
  return false
}
