// The addresses of outputs: `headless-jobs:/<when it was submitted>/<name>?<job id>/<output|stdout|stderr|value>`, with `/earlier` and the
// number of a retried attempt behind that for one attempt, and `/raw` for all bytes as they are. What people see is the path, so
// the id is not in it.
import * as vscode from 'vscode'
import { timeOfId } from '../../core/base/uuid'
import type { OutputPart } from '../text/outputModel'

export const OUTPUT_SCHEME = 'headless-jobs'

/** The output of one attempt: that of the job itself, or one that was retried. */
export interface Target {
  id: string
  part: OutputPart
  retry?: number
}

/** A document: it follows the job to its latest attempt, or shows the target alone. */
export interface Address extends Target {
  follows: boolean
  /** All bytes, for a viewer of their format. */
  isRaw: boolean
}

const pattern = /^([^/]+)\/(output|stdout|stderr|value)(?:\/(earlier)(?:-(\d+))?)?(\/raw)?$/

/** @throws FileNotFound when it is none */
export function addressOf(uri: vscode.Uri): Address {
  const [, id, part, earlier, attempt, raw] = pattern.exec(uri.query) ?? []
  if (id === undefined) throw vscode.FileSystemError.FileNotFound(uri)
  const retry = Number(attempt ?? 0)
  return {
    id,
    part: part as OutputPart,
    follows: earlier === undefined,
    isRaw: raw !== undefined,
    ...(retry > 0 && { retry }),
  }
}

/**
 * @param address `id` of the first job at its place, where it follows, so that reruns have the same
 * @param name of the document; its ending chooses the viewer
 */
export function uriOf({ id, part, follows, retry = 0, isRaw }: Address, name: string): vscode.Uri {
  const which = follows ? '' : `/earlier${retry > 0 ? `-${retry}` : ''}`
  const query = `${id}/${part}${which}${isRaw ? '/raw' : ''}`
  return vscode.Uri.from({ scheme: OUTPUT_SCHEME, path: `/${folderOf(id)}/${name}`, query })
}

/** By this, jobs of one name differ; VS Code shows it beside the names of documents that are called the same. */
function folderOf(id: string): string {
  const at = new Date(timeOfId(id))
  const two = (n: number) => String(n).padStart(2, '0')
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`
}
