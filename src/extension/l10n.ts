// The texts of the extension in the language of VS Code. The first import of the entry: texts are made as files are loaded.
import { config } from '@vscode/l10n'
import * as vscode from 'vscode'

config({ contents: { ...vscode.l10n.bundle } })
