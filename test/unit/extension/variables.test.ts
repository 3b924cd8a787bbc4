// The variables of a command line, with realistic file names.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { describe, expect, it } from 'vitest'
import { splitWords } from '../../../src/core/base/words'
import {
  expandKnownVariables,
  expandVariables,
  fileStem,
  isFileVariable,
  isVariable,
  nameInShell,
  type VariableContext,
  variablesIn,
} from '../../../src/extension/settings/variables'

const posix: VariableContext = {
  file: '/data/study/sub-001/sub-001_T1w.nii.gz',
  workspaceFolder: '/data/study',
  userHome: '/home/ada',
  cwd: '/data/study',
  env: { FSLDIR: '/opt/fsl' },
  windows: false,
}

const windows: VariableContext = {
  file: 'C:\\Data\\Study\\sub 1\\a.tar.gz',
  workspaceFolder: 'c:\\data\\study',
  userHome: 'C:\\Users\\ada',
  cwd: 'C:\\Data\\Study',
  env: { Path: 'C:\\Windows' },
  windows: true,
}

describe('the stem of a file', () => {
  it.each([
    ['sub-001_T1w.nii.gz', 'sub-001_T1w'],
    ['a.tar.gz', 'a'],
    ['a.b.tar.bz2', 'a.b'],
    ['SUB.NII.GZ', 'SUB'],
    ['cells.ome.tif', 'cells'],
    ['brain.seg.nrrd', 'brain'],
    ['x.dscalar.nii', 'x'],
    ['x.dscalar.nii.gz', 'x'],
    ['lh.pial.surf.gii', 'lh.pial'],
    ['reads_1.fastq.gz', 'reads_1'],
    ['v1.2.gz', 'v1.2'],
    ['my.data.csv', 'my.data'],
    ['report.pdf', 'report'],
    ['Makefile', 'Makefile'],
    ['.bashrc', '.bashrc'],
    ['.nii.gz', '.nii'],
    ['a b (1).txt', 'a b (1)'],
    ['-dash.txt', '-dash'],
    ["it's $5; ü.csv", "it's $5; ü"],
    ['ends.', 'ends'],
    ['', ''],
  ])('%j → %j', (name, stem) => {
    expect(fileStem(name)).toBe(stem)
  })
})

describe('the variables', () => {
  it.each([
    ['file', '/data/study/sub-001/sub-001_T1w.nii.gz'],
    ['fileBasename', 'sub-001_T1w.nii.gz'],
    ['fileBasenameNoExtension', 'sub-001_T1w.nii'],
    ['fileExtname', '.gz'],
    ['fileStem', 'sub-001_T1w'],
    ['fileDirname', '/data/study/sub-001'],
    ['fileDirnameBasename', 'sub-001'],
    ['relativeFile', 'sub-001/sub-001_T1w.nii.gz'],
    ['relativeFileDirname', 'sub-001'],
    ['workspaceFolder', '/data/study'],
    ['workspaceFolderBasename', 'study'],
    ['userHome', '/home/ada'],
    ['cwd', '/data/study'],
    ['pathSeparator', '/'],
    ['/', '/'],
    ['env:FSLDIR', '/opt/fsl'],
    ['env:UNSET', ''],
    ['env:fsldir', ''],
  ])('${%s}', (name, value) => {
    expect(expandVariables(`<\${${name}}>`, posix)).toBe(`<${value}>`)
    expect(isVariable(name)).toBe(true)
  })

  it.each([
    ['fileBasename', 'a.tar.gz'],
    ['fileStem', 'a'],
    ['fileDirname', 'C:\\Data\\Study\\sub 1'],
    ['relativeFile', 'sub 1\\a.tar.gz'],
    ['relativeFileDirname', 'sub 1'],
    ['workspaceFolderBasename', 'study'],
    ['pathSeparator', '\\'],
    ['env:PATH', 'C:\\Windows'],
    ['env:path', 'C:\\Windows'],
    ['env:UNSET', ''],
  ])('${%s} on Windows', (name, value) => {
    expect(expandVariables(`\${${name}}`, windows)).toBe(value)
  })

  it('of files beside and above the folder', () => {
    const at = (file: string) =>
      expandVariables('${relativeFile}|${relativeFileDirname}|${fileDirname}', { ...posix, file })
    expect(at('/data/study/a.txt')).toBe('a.txt|.|/data/study')
    expect(at('/data/study2/a.txt')).toBe('../study2/a.txt|../study2|/data/study2')
    expect(at('/a.txt')).toBe('../../a.txt|../..|/')
    expect(expandVariables('${relativeFile}', { ...windows, file: 'D:\\x.txt' })).toBe('D:\\x.txt')
    expect(expandVariables('${fileDirname}', { ...windows, file: 'C:\\x.txt' })).toBe('C:\\')
  })

  it('without a folder the relative file is the file', () => {
    expect(expandVariables('${relativeFile}', { ...posix, workspaceFolder: undefined })).toBe(posix.file)
  })

  it('say what is missing', () => {
    expect(() => expandVariables('${fileStm}', posix)).toThrow(/no variable \$\{fileStm\}.*fileStem/)
    expect(() => expandVariables('${constructor}', posix)).toThrow(/no variable/)
    expect(() => expandVariables('${file}', { ...posix, file: undefined })).toThrow(/needs a file/)
    expect(() => expandVariables('${workspaceFolder}', { ...posix, workspaceFolder: undefined })).toThrow(
      /needs a workspace folder/,
    )
  })

  it('are known by name', () => {
    expect(variablesIn('a ${file} ${x} ${file} ${}')).toEqual(['file', 'x', ''])
    expect(['file', 'fileStem', 'cwd', 'nope', 'constructor'].map(isFileVariable)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
    expect(isVariable('env:')).toBe(false)
    expect(['file', '/', 'env:X', 'HOME'].map(nameInShell)).toEqual(['file', 'pathSeparator', 'X', undefined])
  })

  it('of a word leave to the command what is not ours', () => {
    expect(expandKnownVariables('${fileStem}-${HOME}', posix)).toBe('sub-001_T1w-${HOME}')
  })
})

describe('filled in after splitting, any file name is one word', () => {
  it.each([
    '/d/two words.txt',
    "/d/it's.txt",
    '/d/say "hi".txt',
    '/d/$HOME.txt',
    '/d/a;rm -rf x.txt',
    '/d/`id`.txt',
    '/d/Größe ä.txt',
    '/d/-dash.txt',
    '/d/${fileStem}.txt',
    '/d/$&.txt',
    '/d/a|b>c.txt',
  ])('%s', file => {
    const { words } = splitWords('prog --in=${file} ${file} "${file}"', isVariable)
    expect(words.map(word => expandVariables(word, { ...posix, file }))).toEqual(['prog', `--in=${file}`, file, file])
  })
})
