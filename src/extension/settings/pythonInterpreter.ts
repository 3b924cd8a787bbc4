// The interpreter that is selected in the Python extension, when that is active; it is never activated for it.
import * as vscode from 'vscode'
import { sentenceOf } from '../../core/base/sentence'

const PYTHON_EXTENSION = 'ms-python.python'

/** What is used of the API of the Python extension. */
interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { id: string; path: string }
    resolveEnvironment(environment: {
      id: string
      path: string
    }): Promise<{ executable?: { uri?: vscode.Uri } } | undefined>
  }
}

/** Absolute path, or `undefined` to leave `python` to the PATH. */
export async function selectedPython(log: vscode.LogOutputChannel): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>(PYTHON_EXTENSION)
  if (!extension?.isActive) return undefined
  try {
    const { environments } = extension.exports
    if (!environments) return undefined
    const selected = environments.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri)
    const resolved = await environments.resolveEnvironment(selected)
    return resolved?.executable?.uri?.fsPath
  } catch (error) {
    log.warn(`The Python extension did not say which interpreter is selected: ${sentenceOf(error)}`)
    return undefined
  }
}
