// What the details of a job say of what it was submitted with, and the ends of its streams.
import { describe, expect, it } from 'vitest'
import type { StoredSpec } from '../../../src/core/jobs/job'
import { detailsOf, tailOf } from '../../../src/extension/text/detailsModel'

const spec: StoredSpec = { id: 'j', name: 'n', command: ['python3', 'a b.py'], cwd: '/study' }
const of = (more: Partial<StoredSpec>) => detailsOf({ ...spec, ...more })

describe('the details of a job', () => {
  it('have its command as a shell reads it, and files with their whole paths', () => {
    expect(of({})).toEqual({
      commandLine: "python3 'a b.py'",
      env: [],
      files: ['folder', 'script'],
      options: [],
      script: '/study/a b.py',
    })
    expect(of({ command: ['a | b'], shell: true }).commandLine).toBe('a | b')
    expect(of({ wrapper: ['nice', '-n', '5'] }).commandLine).toBe("nice -n 5 python3 'a b.py'")
    expect(of({ stdout: { file: 'out/a.txt' }, stderr: { file: '/tmp/e' }, stdin: { file: 'in.txt' } })).toMatchObject({
      stdoutFile: '/study/out/a.txt',
      stderrFile: '/tmp/e',
      input: '/study/in.txt',
    })
  })

  it.each<[readonly string[], string | undefined]>([
    [['python3', '-u', 'fit.py', 'a.nii'], '/study/fit.py'],
    [['conda', 'run', '-n', 'fsl', 'python', '/opt/fit.py'], '/opt/fit.py'],
    [['Rscript', '--vanilla', 'model.R', 'a.csv'], '/study/model.R'],
    [['./run.sh', 'a.nii'], '/study/run.sh'],
    [['python3', '-c', 'print(1)', 'a.nii'], undefined],
    [['python3', '-m', 'tool', 'a.nii'], undefined],
    [['grep', '-c', 'x', 'a.txt'], undefined],
    [['gzip', 'a.nii'], undefined],
    [['C:\\tools\\fit.exe'], undefined],
  ])('name the script of %j: %s', (command, script) => {
    expect(of({ command }).script).toBe(script)
  })

  it('name which files can be opened', () => {
    const files = of({
      stdin: { file: 'in.txt' },
      stdout: { file: 'o' },
      stderr: { file: 'e' },
      command: ['true'],
    }).files
    expect(files).toEqual(['folder', 'input', 'stdout', 'stderr'])
    expect(of({ stdin: { file: '/spool/x', owned: true } }).files).toEqual(['folder', 'script'])
  })

  it('name variables, and of secret ones no value', () => {
    expect(of({ env: { A: '1', B: null }, secretEnv: ['TOKEN'] }).env).toEqual([
      { name: 'A', value: '1' },
      { name: 'B', value: null },
      { name: 'TOKEN' },
    ])
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`V${i}`, 'x'.repeat(9000)]))
    expect(JSON.stringify(of({ env: many })).length).toBeLessThan(100_000)
  })

  it.each<[StoredSpec['stdin'], string | undefined]>([
    [undefined, undefined],
    [{ text: 'hello' }, '5 bytes of text'],
    [{ base64: 'AAAA' }, '3 bytes'],
    [{ file: '/spool/x', owned: true }, 'from the window that submitted it'],
    [{ ask: true }, 'made by the stdin function when it starts'],
    [{ ask: true, handler: { id: 'a.b/c' } }, 'made by the input handler a.b/c when it starts'],
  ])('say of the input %j: %s', (stdin, words) => {
    expect(of(stdin ? { stdin } : {}).input).toBe(words)
  })

  it('say what is not as usual', () => {
    expect(of({ timeoutSeconds: 90, retries: 2, okExitCodes: [0, 3], keepAlive: {} }).options).toEqual([
      'ended after 1m 30s',
      'tried again 2 times at most',
      'exit codes 0, 3 are fine',
      'its process is kept for more jobs',
    ])
  })
})

describe('the end of a stream', () => {
  const bytes = (text: string) => Buffer.from(text)

  it('is all of it, when it is short', () => {
    expect(tailOf(bytes('one\ntwo\n'), 0, 8)).toEqual({ text: 'one\ntwo\n', total: 8, isCut: false, isBinary: false })
  })

  it('begins with a whole line, else with a whole character', () => {
    expect(tailOf(bytes('rest of a line\nwhole\n'), 100, 121).text).toBe('whole\n')
    expect(tailOf(bytes('é'.repeat(10)).subarray(1), 100, 119).text).toBe('é'.repeat(9))
    expect(tailOf(bytes('no end of line'), 100, 114).text).toBe('no end of line')
    expect(tailOf(bytes('ends with one\n'), 100, 114).text).toBe('ends with one\n')
  })

  it('is left out when it is no text', () => {
    expect(tailOf(Buffer.from([1, 0, 2]), 0, 3)).toMatchObject({ text: '', isBinary: true, total: 3 })
  })
})
