// What a job is called when nobody named it. Runs in the window.

/** The last part of a path, whichever way its slashes lean. */
function baseName(path: string): string {
  const whole = path.replace(/[\\/]+$/, '')
  return whole.slice(Math.max(whole.lastIndexOf('/'), whole.lastIndexOf('\\')) + 1) || path
}

/** Base names of the program and of its first argument that looks like a file; for a shell the line itself. */
export function defaultName({ command, shell }: { command: readonly string[]; shell?: boolean | string }): string {
  const [program = 'job', ...args] = command
  if (shell) return program.trim().slice(0, 80) || 'job'
  const file = args.find(arg => !arg.startsWith('-') && /[\\/]|\.\w+$/.test(arg) && !arg.includes('\n'))
  return file === undefined ? baseName(program) : `${baseName(program)} ${baseName(file)}`
}
