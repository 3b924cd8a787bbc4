// A person runs a command on text files in a queue, with the palette.
import type { Workbench } from './workbench'

export interface FilesRun {
  command: string
  /** How many there are of `pattern`, by default `*.txt`. */
  files: number
  pattern?: string
  queue: string
  /** Of the batch. */
  name: string
}

export async function runOnFiles(
  workbench: Workbench,
  { command, files, pattern = '*.txt', queue, name }: FilesRun,
): Promise<void> {
  const { quickInput } = workbench
  await workbench.command('Headless Jobs: Run Command on Files…')
  await quickInput.waitForTitle('Run Command on Files')
  await quickInput.enter(command)
  await quickInput.pick('As the last argument')
  await quickInput.waitForMessage(/pattern, such as/)
  await quickInput.type(pattern)
  await quickInput.waitForMessage(new RegExp(`^${files} files: `))
  await quickInput.accept()
  await quickInput.waitForMessage(/Save stdout as/)
  await quickInput.enter('')
  await quickInput.pick(queue)
  await quickInput.waitForMessage(/How many at once/)
  await quickInput.accept()
  await quickInput.waitForMessage(/Name of the batch/)
  await quickInput.enter(name)
  await quickInput.pick('Run All')
}
