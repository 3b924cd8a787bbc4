// Places in files that lines of output name. The tracebacks of Python, Node, shells, GCC, make, Perl, Go and rustc were written by these
// programs; those of R, MATLAB, Julia, Java and on Windows are as their documentation has them.
import { describe, expect, it } from 'vitest'
import { placesIn } from '../../../src/extension/text/fileLinks'

/** As `words → path:line:column`. */
const placesOf = (text: string) =>
  placesIn(text).map(({ start, end, path, line, column }) => {
    const place = [path, line, ...(column === undefined ? [] : [column])].join(':')
    return `${text.slice(start, end)} → ${place}`
  })

describe('a line of a traceback names a place in a file', () => {
  it.each([
    ['Python', '  File "/tmp/tb/a.py", line 4, in <module>', ['/tmp/tb/a.py", line 4 → /tmp/tb/a.py:4']],
    ['Python, with a blank', '  File "my study/a.py", line 4', ['my study/a.py", line 4 → my study/a.py:4']],
    ['IPython', 'File ~/study/a.py:12, in f(x)', ['~/study/a.py:12 → ~/study/a.py:12']],
    ['pytest', 'tests/test_a.py:7: AssertionError', ['tests/test_a.py:7 → tests/test_a.py:7']],
    ['Node', '    at f (/tmp/tb/my study/b.js:1:22)', ['/tmp/tb/my study/b.js:1:22 → /tmp/tb/my study/b.js:1:22']],
    ['Node, in its first line', '/tmp/tb/my study/b.js:1', ['/tmp/tb/my study/b.js:1 → /tmp/tb/my study/b.js:1']],
    ['Node, no function', '    at /tmp/tb/b.js:2:1', ['/tmp/tb/b.js:2:1 → /tmp/tb/b.js:2:1']],
    ['modules of Node', '    at file:///tmp/t%20b/c.mjs:2:1', ['file:///tmp/t%20b/c.mjs:2:1 → /tmp/t b/c.mjs:2:1']],
    ['Node on Windows', '    at f (C:\\my study\\b.js:1:22)', ['C:\\my study\\b.js:1:22 → C:\\my study\\b.js:1:22']],
    ['modules on Windows', '    at file:///C:/tb/c.mjs:2:1', ['file:///C:/tb/c.mjs:2:1 → C:/tb/c.mjs:2:1']],
    ['bash', 'd.sh: line 3: nothing_here: command not found', ['d.sh: line 3 → d.sh:3']],
    ['dash', 'd.sh: 3: nothing_here: not found', ['d.sh: 3 → d.sh:3']],
    ['R', '2: f(1) at analysis.R#12', ['analysis.R#12 → analysis.R:12']],
    ['R, by its traceback', '1. f(1) at /study/analysis.R:12', ['/study/analysis.R:12 → /study/analysis.R:12']],
    ['R, by its parser', 'Error in source("a.R") : a.R:3:5: unexpected symbol', ['a.R:3:5 → a.R:3:5']],
    ['MATLAB', 'Error in segment (line 12)', ['segment (line 12 → segment.m:12']],
    ['MATLAB, inside', 'Error in segment>inner (line 12)', ['segment>inner (line 12 → segment.m:12']],
    ['MATLAB, a package', 'Error in brain.mask.grow (line 3)', ['brain.mask.grow (line 3 → +brain/+mask/grow.m:3']],
    ['MATLAB, its parser', 'Error: File: a b.m Line: 3 Column: 5', ['a b.m Line: 3 Column: 5 → a b.m:3:5']],
    ['Julia', '  [2] top-level scope @ /study/a.jl:4', ['/study/a.jl:4 → /study/a.jl:4']],
    ['Julia, at home', ' [1] f(x::Int64) @ Main ~/a.jl:12', ['~/a.jl:12 → ~/a.jl:12']],
    ['GCC', 'src/g.c:1:20: error: ‘x’ undeclared', ['src/g.c:1:20 → src/g.c:1:20']],
    ['make', 'Makefile:2: *** missing separator.  Stop.', ['Makefile:2 → Makefile:2']],
    ['rustc', ' --> src/s.rs:1:13', ['src/s.rs:1:13 → src/s.rs:1:13']],
    ['a panic of Rust', "thread 'main' panicked at r.rs:3:20:", ['r.rs:3:20 → r.rs:3:20']],
    ['Go', '\t/tmp/tb/m.go:5 +0x1d', ['/tmp/tb/m.go:5 → /tmp/tb/m.go:5']],
    ['Java', '\tat org.example.Main.main(Main.java:5)', ['Main.java:5 → Main.java:5']],
    ['Perl', 'no at p.pl line 1.', ['p.pl line 1 → p.pl:1']],
    ['a compiler on Windows', 'C:\\src\\g.c:1:20: error', ['C:\\src\\g.c:1:20 → C:\\src\\g.c:1:20']],
    ['two in a line', 'a.c:1:2: note: see b.h:3', ['a.c:1:2 → a.c:1:2', 'b.h:3 → b.h:3']],
  ])('%s', (_, text, places) => {
    expect(placesOf(text)).toEqual(places)
  })

  it.each([
    '',
    'value: 3.14',
    'started at 12:30:45',
    'http://example.com:8080/index.html',
    'localhost:8080',
    '  File "<stdin>", line 1, in <module>',
    '    at Module._load (node:internal/modules/cjs/loader:1091:12)',
    'color: #333333',
    'issue a.txt#12',
    'ratio 3.5:12',
  ])('but not %j', text => {
    expect(placesOf(text)).toEqual([])
  })
})

it('a long line of data costs no more than its length', () => {
  const data = `${'a/b.c:1'.repeat(200_000)}${'('.repeat(200_000)}${'File: '.repeat(100_000)}`
  expect(placesIn(data).every(({ end }) => end <= 2000)).toBe(true)
  for (let i = 0; i < 2000; i++) placesIn(`${'('.repeat(1900)}:1`)
})
