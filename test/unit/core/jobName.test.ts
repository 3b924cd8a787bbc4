// What a job is called when nobody has named it.
import { expect, test } from 'vitest'
import { defaultName } from '../../../src/core/jobs/jobName'

test.each<[command: string[], name: string]>([
  // files
  [['/usr/bin/python3', '-u', 'scripts/smooth.py', 'a.nii'], 'python3 smooth.py'],
  [['C:\\tools\\fsl.exe', 'D:\\data\\a.nii'], 'fsl.exe a.nii'],
  [['sort', '-n'], 'sort'],
  [['sort', 'my file (1).txt'], 'sort my file (1).txt'],
  [['cat', "/data/it's/a, b & c.txt"], 'cat a, b & c.txt'],
  [['fslmaths', '/data/sub-01/T1w.nii.gz', '-mul', '2'], 'fslmaths T1w.nii.gz'],
  [['tool', '--input=/data/a.nii', '--level=1/2'], 'tool a.nii'],
  [['dd', 'if=/dev/zero', 'bs=1M'], 'dd zero'],
  [['tool', '0.5', '1/2', '2026-11-26', '1,2', '-3.5'], 'tool'],
  [['echo', 'either this/that or the other'], 'echo'],
  [['ffmpeg', '-vf', 'scale=1/2', 'in.mp4'], 'ffmpeg in.mp4'],
  [['tool', `$\{fileDirname}/out.txt`], 'tool out.txt'],
  // code
  [['python3', '-c', 'print(3/2)'], 'python3 print(3/2)'],
  [['python3', '-uc', 'import time\ntime.sleep(1/2)'], 'python3 import time …'],
  [['python', '-X', 'dev', '-c', '\n  x = 1\n'], 'python x = 1'],
  [['python3', '-c', 'import sys; print(open(sys.argv[1]).read())', '/data/a.txt'], 'python3 a.txt'],
  [['python3.12', '-c', `print(${'1/2, '.repeat(40)})`], `python3.12 ${`print(${'1/2, '.repeat(40)})`.slice(0, 39)}…`],
  [['C:\\Python\\python.exe', '-c', 'print(3/2)'], 'python.exe print(3/2)'],
  [['node', '-e', 'console.log(1/2)'], 'node console.log(1/2)'],
  [['node', '--eval=console.log(1/2)'], 'node console.log(1/2)'],
  [['node', '-r', './hook.js', 'main.mjs'], 'node main.mjs'],
  [['perl', '-lane', 'print $F[0]/2', 'in.txt'], 'perl in.txt'],
  [['perl', '-e', 'print 1/2'], 'perl print 1/2'],
  [['ruby', '-e', 'puts 1.0/2'], 'ruby puts 1.0/2'],
  [['Rscript', '-e', 'cat(1/2)'], 'Rscript cat(1/2)'],
  [['Rscript', 'fit.R', 'a.csv'], 'Rscript fit.R'],
  [['awk', '{ print $1/2 }'], 'awk { print $1/2 }'],
  [['awk', '-F', ',', '-v', 'x=1/2', '{ print $1/x }', 'data/a.csv'], 'awk a.csv'],
  [['awk', '-f', 'sum.awk', 'a.csv'], 'awk sum.awk'],
  [['sed', 's/a.b/c/g'], 'sed s/a.b/c/g'],
  [['sed', '-n', '-e', 's/a/b/p', '-e', '2d', 'in.txt'], 'sed in.txt'],
  [['jq', '.a.b / 2', 'in.json'], 'jq in.json'],
  [['grep', '-e', 'a/b.c', 'in.txt'], 'grep in.txt'],
  [['matlab', '-batch', 'disp(1/2)'], 'matlab disp(1/2)'],
  // lines
  [['bash', '-c', 'sort a/b.txt | uniq'], 'sort a/b.txt | uniq'],
  [['/bin/sh', '-ec', 'cd /tmp\nls\n'], 'cd /tmp …'],
  [['bash', '-o', 'pipefail', '-lc', 'a | b'], 'a | b'],
  [['bash', '-c', '-e', 'a | b', 'name'], 'a | b'],
  [['bash', 'scripts/run.sh', '-c', 'x'], 'bash run.sh'],
  [['cmd.exe', '/c', 'dir C:\\data'], 'dir C:\\data'],
  [['pwsh', '-Command', 'Get-Item C:\\data'], 'Get-Item C:\\data'],
  // modules
  [['python', '-m', 'http.server'], 'python http.server'],
  [['python', '-um', 'pytest', '-x', 'tests/a_test.py'], 'python pytest a_test.py'],
  // programs that start others
  [['env', 'A=/b/c.d', 'python3', '-c', 'print(3/2)'], 'python3 print(3/2)'],
  [['nice', '-n', '5', '/usr/bin/python3', 'a.py'], 'python3 a.py'],
  [['conda', 'run', '-n', 'fsl', 'bash', '-c', 'a | b'], 'a | b'],
  [['nice', './run.sh'], 'nice run.sh'],
  // the rest
  [['./'], '.'],
  [['python3'], 'python3'],
  [['python3', '-c'], 'python3'],
  [['bash', '-c', ' \n '], 'bash'],
  [['awk'], 'awk'],
])('%j is called %s', (command, name) => {
  expect(defaultName({ command })).toBe(name)
})

test('a line for a shell, on one line and of a length that can be read', () => {
  expect(defaultName({ command: ['sort a | uniq -c'], shell: true })).toBe('sort a | uniq -c')
  expect(defaultName({ command: ['\n  a |\n  b'], shell: 'bash' })).toBe('a | …')
  expect(defaultName({ command: ['🧠'.repeat(100)], shell: true })).toBe(`${'🧠'.repeat(39)}…`)
  expect(defaultName({ command: [' '], shell: true })).toBe('job')
})
