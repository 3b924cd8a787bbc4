// A typed command line becomes words or a shell command, whatever the files are called.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { homedir } from 'node:os'
import { describe, expect, it } from 'vitest'
import {
  buildCommand,
  checkCommandLine,
  PIPE_SHELL,
  resolveOutput,
  resolvePath,
} from '../../../src/extension/commands/submit/commandModel'
import type { VariableContext } from '../../../src/extension/settings/variables'

const context: VariableContext = {
  file: '/data/a b/-x $HOME;ü.nii.gz',
  workspaceFolder: '/data',
  userHome: '/home/ada',
  cwd: '/data',
  env: { PATH: '/usr/bin' },
  windows: false,
}

describe('checking a command line', () => {
  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ["''", 'empty'],
    ["wc 'a", 'not closed'],
  ])('%j is refused', (commandLine, message) => {
    expect(checkCommandLine(commandLine).note).toMatchObject({
      severity: 'error',
      message: expect.stringContaining(message),
    })
  })

  it.each(['wc -c', 'echo ${HOME}', 'wc ${file}', 'a | b'])('%j is accepted', commandLine => {
    expect(checkCommandLine(commandLine).note).toBeUndefined()
  })
})

describe('the command of a command line', () => {
  it('without a shell has one word for each word, variables filled in', () => {
    expect(buildCommand('wc -c ${file} --out="${fileStem}.txt" ${HOME}', false, context)).toEqual({
      command: ['wc', '-c', '/data/a b/-x $HOME;ü.nii.gz', '--out=-x $HOME;ü.txt', '${HOME}'],
    })
  })

  it('keeps a relative file with a leading dash from being an option', () => {
    expect(buildCommand('wc ${fileBasename}', false, context).command[1]).toBe('./-x $HOME;ü.nii.gz')
  })

  it('in a shell passes values in the environment, never as code', () => {
    expect(buildCommand('wc < ${file} | sed "s/^/${fileStem}/"', true, context)).toEqual({
      command: ['wc < "${file}" | sed "s/^/${fileStem}/"'],
      shell: PIPE_SHELL,
      env: { file: '/data/a b/-x $HOME;ü.nii.gz', fileStem: '-x $HOME;ü' },
    })
  })

  it('in a shell without variables is the command line alone', () => {
    expect(buildCommand('ls | wc -l', true, context)).toEqual({ command: ['ls | wc -l'], shell: PIPE_SHELL })
  })

  it('uses the selected Python for a first word that means it', () => {
    const python = '/venv/bin/python'
    expect(buildCommand('python3 a.py', false, context, python).command).toEqual([python, 'a.py'])
    expect(buildCommand('python a.py | cat', true, context, python).env).toEqual({ PATH: '/venv/bin:/usr/bin' })
    const onWindows = { ...context, env: { Path: '/windows' }, windows: true }
    expect(buildCommand('python a.py | cat', true, onWindows, python).env).toEqual({ PATH: '/venv/bin:/windows' })
    expect(buildCommand('python3.12 a.py', false, context, python).command[0]).toBe('python3.12')
    expect(buildCommand('wc python', false, context, python).command).toEqual(['wc', 'python'])
  })

  it('refuses a variable of a file when there is no file', () => {
    expect(() => buildCommand('wc ${file}', false, { ...context, file: undefined })).toThrow(/needs a file/)
  })
})

describe('paths', () => {
  it('are relative to the working directory, and may start at home', () => {
    expect(resolvePath(' out/a b.txt ', context)).toBe('/data/out/a b.txt')
    expect(resolvePath('~/x', context)).toBe(`${homedir()}/x`)
    expect(resolvePath('~x', context)).toBe('/data/~x')
    expect(resolvePath('-x', context)).toBe('/data/-x')
    expect(resolvePath('${fileDirname}/${fileStem}.txt', context)).toBe('/data/a b/-x $HOME;ü.txt')
  })

  it('of an output may be empty, but no folder', () => {
    expect(resolveOutput('  ', context)).toBeUndefined()
    expect(() => resolveOutput('out/', context)).toThrow(/names a folder/)
    expect(() => resolveOutput('${nope}/x', context)).toThrow(/no variable/)
  })
})
