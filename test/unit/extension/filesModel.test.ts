// A command and some files become jobs; conflicts between their outputs are found before anything runs.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  batchName,
  checkPattern,
  describeSpec,
  type FilesDraft,
  mentionsFile,
  namesFile,
  namesOf,
  outputProblem,
  parseAtOnce,
  proposedName,
  specsOf,
} from '../../../src/extension/commands/files/filesModel'
import { findFiles } from '../../../src/extension/commands/files/findFiles'
import type { VariableContext } from '../../../src/extension/settings/variables'

const contextOf = (file: string): VariableContext => ({
  file,
  workspaceFolder: '/ws',
  userHome: '/home/ada',
  cwd: '/ws',
  env: {},
  windows: false,
})

const awkward = [
  '/ws/two words.txt',
  "/ws/it's.txt",
  '/ws/say "hi".txt',
  '/ws/$HOME.txt',
  '/ws/a;b.txt',
  '/ws/Größe.txt',
  '/ws/-dash.txt',
  '/ws/`id`.txt',
]

const draft: FilesDraft = {
  commandLine: 'wc -c',
  inShell: false,
  feed: 'argument',
  files: awkward,
  saveAs: '',
  queue: 'local',
  concurrency: 0,
}

describe('the jobs', () => {
  it('get the file as their last argument', () => {
    expect(specsOf(draft, contextOf).map(spec => spec.command)).toEqual(awkward.map(file => ['wc', '-c', file]))
  })

  it('get it on stdin', () => {
    const specs = specsOf({ ...draft, feed: 'stdin' }, contextOf)
    expect(specs.map(spec => spec.stdin)).toEqual(awkward.map(file => ({ file })))
    expect(specs[0]?.command).toEqual(['wc', '-c'])
  })

  it('get it where the command line names it, whatever was answered for another one', () => {
    const specs = specsOf({ ...draft, commandLine: 'cp ${file} x-${fileStem}', feed: 'stdin' }, contextOf)
    expect(specs.map(spec => spec.command[1])).toEqual(awkward)
    expect(specs[0]?.command[2]).toBe('x-two words')
    expect(specs[0]).not.toHaveProperty('stdin')
    expect(specsOf({ ...draft, feed: 'named' }, contextOf)[0]?.command.at(-1)).toBe(awkward[0])
  })

  it('in a shell share one command line and differ in their environment', () => {
    const specs = specsOf({ ...draft, commandLine: 'wc -c | cat', inShell: true }, contextOf)
    expect(new Set(specs.map(spec => spec.command[0]))).toEqual(new Set(['wc -c | cat "${file}"']))
    expect(specs.map(spec => spec.env?.file)).toEqual(awkward)
  })

  it('write where the pattern points', () => {
    const specs = specsOf({ ...draft, saveAs: 'out/${fileStem}.csv' }, contextOf)
    expect(specs.map(spec => spec.stdout)).toEqual(
      awkward.map(file => ({ file: `/ws/out/${path.basename(file, '.txt')}.csv` })),
    )
  })

  it('have names that distinguish them', () => {
    expect(namesOf(['/d/a.nii', '/d/b.nii'], false)).toEqual(['a.nii', 'b.nii'])
    expect(namesOf(['/d/s1/t1.nii', '/d/s2/t1.nii'], false)).toEqual(['s1/t1.nii', 's2/t1.nii'])
    expect(namesOf(['C:\\d\\s1\\t.nii', 'C:\\d\\s2\\t.nii'], true)).toEqual(['s1/t.nii', 's2/t.nii'])
    expect(namesOf(['/d/a.nii'], false)).toEqual(['a.nii'])
    expect(batchName({ ...draft, commandLine: 'python code/smooth.py ${file}' })).toBe('python smooth.py')
  })
})

describe('the name that is proposed for a batch', () => {
  const draft: FilesDraft = {
    commandLine: 'python code/smooth.py ${file}',
    inShell: false,
    feed: 'named',
    files: ['/ws/data/a/T1w.nii', '/ws/data/b/T1w.nii'],
    saveAs: '',
    queue: 'local',
    concurrency: 0,
  }

  it('says what is run on which files', () => {
    expect(proposedName(draft, '/ws', [])).toBe('python smooth.py: data')
    expect(proposedName({ ...draft, pattern: 'data/*/T1w.nii' }, '/ws', [])).toBe('python smooth.py: data/*/T1w.nii')
    expect(proposedName({ ...draft, files: ['/ws/a.nii', '/ws/b.nii'] }, '/ws', [])).toBe('python smooth.py')
    const long = `${'folder/'.repeat(20)}sub-*_T1w.nii`
    expect(proposedName({ ...draft, pattern: long }, '/ws', [])).toMatch(
      /^python smooth\.py: ….{20,39}sub-\*_T1w\.nii$/,
    )
  })

  it('has a number that no other has, from the second time on', () => {
    const name = 'python smooth.py: data'
    const next = (...taken: string[]) => proposedName(draft, '/ws', taken)
    expect(next('python smooth.py', `${name}2`, `x ${name} (9)`)).toBe(name)
    expect(next(name)).toBe(`${name} (2)`)
    expect(next(`${name} (7)`, name, `x${name} (9)`, `${name} (best)`)).toBe(`${name} (8)`)
  })
})

it('a command line names the file, uses another variable of it, or neither', () => {
  const of = (commandLine: string, inShell = false) => [
    namesFile({ commandLine, inShell }),
    mentionsFile({ commandLine, inShell }),
  ]
  expect(of('wc ${file}')).toEqual([true, true])
  expect(of('wc ${relativeFile}')).toEqual([true, true])
  expect(of('wc --id ${fileStem}')).toEqual([false, true])
  expect(of('wc ${workspaceFolder}')).toEqual([false, false])
  expect(of('wc "$file" | cat', true)).toEqual([true, true])
  expect(of('wc $file')).toEqual([false, false])
})

describe('outputs', () => {
  const check = (files: string[], saveAs: string) => checkPattern({ files, saveAs }, contextOf, false)?.message

  it('that two jobs would write are refused', () => {
    expect(check(['/ws/a/x.txt', '/ws/b/x.txt'], 'out/${fileStem}.txt')).toMatch(
      /a\/x\.txt and .*b\/x\.txt would both write/,
    )
    expect(check(['/ws/a.txt', '/ws/b.txt'], 'out.txt')).toMatch(/both write \/ws\/out\.txt/)
  })

  it('that are inputs are refused, also those of another job', () => {
    expect(check(['/ws/a.txt'], '${file}')).toMatch(/write over the input/)
    expect(check(['/ws/a.txt', '/ws/a.bak.txt'], '${fileStem}.bak.txt')).toMatch(
      /write over the input \/ws\/a\.bak\.txt/,
    )
    expect(check(['/ws/a.txt'], './x/../${fileBasename}')).toMatch(/write over the input/)
  })

  it('that differ only in case are one file where the system ignores case', () => {
    const files = ['/ws/A.txt', '/ws/a.txt']
    expect(outputProblem(files, ['/o/A', '/o/a'], true)).toMatch(/both write/)
    expect(outputProblem(files, ['/o/A', '/o/a'], false)).toBeUndefined()
  })

  it('that are fine are fine', () => {
    expect(check(awkward, 'out/${fileStem}.txt')).toBeUndefined()
    expect(check(awkward, '')).toBeUndefined()
  })

  it('with a slip in the pattern say so', () => {
    expect(check(['/ws/a.txt'], 'out/${filestem}.txt')).toMatch(/no variable \$\{filestem\}/)
    expect(check(['/ws/a.txt'], 'out/')).toMatch(/names a folder/)
  })
})

it('how many at once', () => {
  expect(['', 'auto', ' AUTO ', '1', '12'].map(parseAtOnce)).toEqual([0, 0, 0, 1, 12])
  for (const typed of ['0', '-1', '1.5', 'x', '1e9']) expect(parseAtOnce(typed)).toMatch(/whole number/)
})

it('a job is described in one line of text', () => {
  const [spec] = specsOf({ ...draft, files: ['/ws/a b.txt'], feed: 'stdin', saveAs: '${fileStem}.out' }, contextOf)
  expect(spec && describeSpec(spec)).toBe(`wc -c < './a b.txt' > './a b.out'`)
})

describe('finding files', () => {
  let folder: string
  const names = (files: string[]) => files.map(file => path.relative(folder, file))

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hj-files-'))
    for (const sub of ['data/s2', 'data/s10', 'node_modules/x']) mkdirSync(path.join(folder, sub), { recursive: true })
    for (const file of ['data/s2/ü $;.txt', 'data/s10/a b.txt', '-dash.txt', "it's.txt", 'node_modules/x/no.txt']) {
      writeFileSync(path.join(folder, file), '')
    }
    symlinkSync(path.join(folder, '-dash.txt'), path.join(folder, 'link.txt'))
    symlinkSync(path.join(folder, 'gone'), path.join(folder, 'dangling.txt'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('takes whatever they are called, in natural order, links too', async () => {
    const { files } = await findFiles('**/*.txt', folder)
    expect(names(files)).toEqual(expect.arrayContaining(['-dash.txt', "it's.txt", 'link.txt']))
    expect(names(files).filter(name => name.startsWith('data'))).toEqual(['data/s2/ü $;.txt', 'data/s10/a b.txt'])
    expect(files).toHaveLength(5)
  })

  it('takes absolute patterns and named folders that are skipped otherwise', async () => {
    expect(names((await findFiles(`${folder}/data/*/*.txt`, '/')).files)).toHaveLength(2)
    expect(names((await findFiles('node_modules/**/*.txt', folder)).files)).toEqual(['node_modules/x/no.txt'])
  })

  it('finds no folders', async () => {
    expect((await findFiles('data', folder)).files).toEqual([])
  })
})
