// Unknown variables that resemble ours need a confirmation: a shell would expand them to nothing.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { describe, expect, it } from 'vitest'
import { patternOf } from '../../../src/extension/commands/files/filesModel'
import { misspellingsIn, replaceMisspelling } from '../../../src/extension/commands/submit/misspelling'
import { expandVariables, nearVariables, type VariableContext } from '../../../src/extension/settings/variables'

const context: VariableContext = {
  file: '/data/a.nii.gz',
  workspaceFolder: '/data [1]',
  userHome: '/home/ada',
  cwd: '/data',
  env: { PATH: '/usr/bin', FILE: 'set' },
  windows: false,
}

describe('names that resemble ours', () => {
  it.each<[string, string[]]>([
    ['flie', ['file']],
    ['fle', ['file']],
    ['files', ['file']],
    ['File', ['file']],
    ['FILE', ['file']],
    [' file ', ['file']],
    ['fileStm', ['fileStem']],
    ['filestem', ['fileStem']],
    ['file_stem', ['fileStem']],
    ['fileBaseName', ['fileBasename']],
    ['fileBasenameNoExtention', ['fileBasenameNoExtension']],
    ['fileDirName', ['fileDirname']],
    ['workspaceFolderr', ['workspaceFolder']],
    ['workspacefolder', ['workspaceFolder']],
    ['workspaceRoot', ['workspaceFolder']],
    ['worspaceFolder', ['workspaceFolder']],
    ['relativefile', ['relativeFile']],
    ['realtiveFile', ['relativeFile']],
    ['useHome', ['userHome']],
    ['cdw', ['cwd']],
    ['CWD', ['cwd']],
    ['pathSeperator', ['pathSeparator']],
    ['env.HOME', ['env:HOME']],
    ['Env:HOME', ['env:HOME']],
    ['flie%.gz', ['file%.gz']],
  ])('%j may be %j', (name, near) => {
    expect(nearVariables(name)).toEqual(near)
  })

  it.each([
    'file',
    'env:HOME',
    '/',
    'HOME',
    'PATH',
    'i',
    'name',
    'size',
    'line',
    'time',
    'USER',
    'x:-y',
    '#a',
    '1',
    '@',
    '',
  ])('%j is ours, or nothing like ours', name => {
    expect(nearVariables(name)).toEqual([])
  })

  it('leave alone what a shell does with one of ours', () => {
    for (const name of ['file%.gz', 'file:-none', 'file-none', 'fileStem/a/b', 'file##*/']) {
      expect(nearVariables(name)).toEqual([])
    }
  })
})

describe('a command line', () => {
  const written = (line: string) => misspellingsIn(line, context.env).map(({ written }) => written)

  it('has each of them, with braces or without', () => {
    expect(written('wc ${flie} "${fileStm}" ${flie} $fiel | cat')).toEqual(['${flie}', '${fileStm}', '$fiel'])
    expect(written('wc ${file} ${HOME} $PATH')).toEqual([])
  })

  it('has none that it sets itself, that the environment has, or that no shell expands', () => {
    for (const line of [
      'for files in *; do wc ${files}; done',
      'cat list | while read -r flie; do echo $flie; done',
      'files=(a b); echo ${files[@]}',
      'flie=x; echo $flie',
      'echo ${FILE}',
      "awk '{ print $fiel }' x",
      'echo \\${flie}',
    ]) {
      expect(written(line), line).toEqual([])
    }
  })

  it('has the right one put in its place, and nothing else changed', () => {
    const line = 'wc ${flie} $fiel "$flie"'
    const replaced = misspellingsIn(line, {}).reduce((text, one) => replaceMisspelling(text, one, 'file'), line)
    expect(replaced).toBe('wc ${file} ${file} "${file}"')
    expect(replaceMisspelling('$fil $file_x', { written: '$fil', near: [] }, 'file')).toBe('${file} $file_x')
  })
})

describe('where an unknown variable is an error', () => {
  it('the sentence names the near one, or all', () => {
    expect(() => expandVariables('out/${fileStm}.txt', context)).toThrow(
      'There is no variable ${fileStm}. Did you mean ${fileStem}?',
    )
    expect(() => expandVariables('${zebra}', context)).toThrow(/There is no variable \$\{zebra\}\. There are file, /)
  })

  it('a pattern of files takes the variables too, whatever a folder is called', () => {
    expect(patternOf('${workspaceFolder}/*.txt', context)).toBe('/data [[]1[]]/*.txt')
    expect(() => patternOf('${worspaceFolder}/*', context)).toThrow('Did you mean ${workspaceFolder}?')
    expect(() => patternOf('${file}', context)).toThrow(/needs a file/)
  })
})
