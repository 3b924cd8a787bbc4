// The texts of package.json, which are in package.nls.json by keys.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '../../src/core/base/records'
import { root } from './tools'

export const manifestTexts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')) as Readonly<
  Record<string, string>
>

/** The English of `%key%`. */
export function manifestText(reference: string): string {
  const text = manifestTexts[keyOf(reference) ?? '']
  if (text === undefined) throw new Error(`package.nls.json has no text for ${reference}.`)
  return text
}

/** The key in `%key%`. */
export function keyOf(text: string): string | undefined {
  return /^%([\w.]+)%$/.exec(text)?.[1]
}

/** Fields of a manifest in which VS Code shows what is in them. */
const shownFields = new Set([
  ...['displayName', 'title', 'shortTitle', 'name', 'contextualTitle', 'category', 'label', 'contents'],
  ...['description', 'markdownDescription', 'enumDescriptions', 'markdownEnumDescriptions', 'enumItemLabels'],
  ...['errorMessage', 'deprecationMessage', 'markdownDeprecationMessage', 'patternErrorMessage'],
])

/** Each text of a manifest that VS Code shows, as it is written there. */
export function shownTexts(manifest: Readonly<Record<string, unknown>>): string[] {
  const { displayName, description, capabilities, contributes } = manifest
  return [displayName, description, capabilities, contributes].flatMap(part =>
    typeof part === 'string' ? [part] : textsIn(part),
  )
}

function textsIn(value: unknown, isShown = false): string[] {
  if (typeof value === 'string') return isShown ? [value] : []
  if (Array.isArray(value)) return value.flatMap(item => textsIn(item, isShown))
  return isRecord(value) ? Object.entries(value).flatMap(([field, of]) => textsIn(of, shownFields.has(field))) : []
}
