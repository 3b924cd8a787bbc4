// The texts of the page in the language of VS Code, from a block of data that its HTML brings along. The first import of the
// entry: texts are made as files are loaded.
import { config } from '@vscode/l10n'

config({ contents: document.getElementById('texts')?.textContent || '{}' })
