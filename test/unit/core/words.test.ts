// A command line splits into words as a shell splits it, and words come back from their line unchanged.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { describe, expect, it } from 'vitest'
import { joinWords, quoteWord } from '../../../src/core/base/quoting'
import { protectVariables } from '../../../src/core/base/shellVariables'
import { splitWords } from '../../../src/core/base/words'
import { nameInShell } from '../../../src/extension/settings/variables'

const words = (line: string) => splitWords(line).words
const operators = (line: string) => splitWords(line, name => name === 'file').operators

describe('splitting', () => {
  it.each([
    ['wc -c', ['wc', '-c']],
    ['  wc \t -c  ', ['wc', '-c']],
    ['', []],
    ['   ', []],
    [`echo 'a b' "c d"`, ['echo', 'a b', 'c d']],
    [`a'b'"c"d`, ['abcd']],
    [`''`, ['']],
    [`""`, ['']],
    [`x '' y`, ['x', '', 'y']],
    ['a\\ b', ['a b']],
    [`'a\\ b'`, ['a\\ b']],
    [`"a\\"b\\\\c\\d\\$e"`, ['a"b\\c\\d$e']],
    ['a\\\nb', ['ab']],
    ['"a\\\nb"', ['ab']],
    [`$'a\\nb\\t\\x41\\'\\\\'`, ["a\nb\tA'\\"]],
    ['Müller/Größe.csv', ['Müller/Größe.csv']],
    ['-dash --x=1', ['-dash', '--x=1']],
    ['a;b', ['a;b']],
    ['echo $HOME', ['echo', '$HOME']],
    ['$', ['$']],
  ])('%j', (line, expected) => {
    expect(splitWords(line)).toMatchObject({ words: expected })
    expect(splitWords(line).error).toBeUndefined()
  })

  it.each([
    [`echo 'a b`, `The quote ' at character 6 is not closed.`],
    [`echo "a b`, `The quote " at character 6 is not closed.`],
    [`"a\\"`, `The quote " at character 1 is not closed.`],
    [`x $'a`, `The quote $' at character 3 is not closed.`],
    [`a 'b' "c' d`, `The quote " at character 7 is not closed.`],
  ])('%j has an unclosed quote', (line, message) => {
    expect(splitWords(line).error).toBe(message)
  })

  it('reports that a last backslash escapes nothing', () => {
    expect(splitWords('echo a\\').error).toMatch(/backslash/)
  })
})

describe('what a shell would act on', () => {
  it.each([
    ['a | b', ['|']],
    ['a || b', ['||']],
    ['a > b 2>> c', ['>', '>>']],
    ['a < b', ['<']],
    ['a && b; c &', ['&&', ';', '&']],
    ['ls *.txt', ['*']],
    ['ls ~/x', ['~']],
    ['echo $HOME', ['$']],
    ['echo "$HOME"', ['$']],
    ['echo ${HOME}', ['$']],
    ['echo "$(date)"', ['$']],
    ['echo `date`', ['`']],
    ['echo "`date`"', ['`']],
    ['(a)', ['(', ')']],
    ['FOO=1 bar', ['NAME=value']],
    ['a | b | c', ['|']],
  ])('%j', (line, expected) => {
    expect(operators(line)).toEqual(expected)
  })

  it.each([
    `echo 'a | b > c && d * ~ $HOME ; \`'`,
    `echo "a | b > c && d * ~ ;"`,
    'echo a\\|b \\$HOME \\~ \\*',
    'echo a~b backup~',
    'echo 5$ "$"',
    'wc ${file} "${file}" x${file}y',
    'bar FOO=1 --x=2',
    '',
  ])('nothing in %j', line => {
    expect(operators(line)).toEqual([])
  })
})

describe('quoting', () => {
  const awkward = [
    'plain',
    '',
    'two words',
    "it's",
    'say "hi"',
    '$HOME',
    '`date`',
    'a;b',
    'a|b>c<d&e',
    '*?[x]',
    '~',
    '~/x',
    '#no comment',
    'back\\slash',
    'ends in \\',
    'Größe änderung.csv',
    '-dash',
    '${file}',
    'line\nbreak\ttab\rreturn',
    "quote'and\nbreak\\",
    '\x01\x7f',
    'a=b',
    '!x',
    '{a,b}',
    '日本 語',
  ]

  it.each(awkward)('%j comes back', word => {
    expect(splitWords(joinWords([word]))).toEqual({ words: [word], operators: [] })
    expect(quoteWord(word)).not.toMatch(/\n/)
  })

  it('all of them come back from one line', () => {
    expect(words(joinWords(awkward))).toEqual(awkward)
    expect(splitWords(joinWords(awkward)).operators).toEqual([])
  })

  it('quotes only where it must', () => {
    expect(joinWords(['python', 'a.py', '--size=5', '/data/x_1.nii.gz', 'a b'])).toBe(
      "python a.py --size=5 /data/x_1.nii.gz 'a b'",
    )
  })

  it('keeps a program that looks like an assignment a program', () => {
    expect(splitWords(joinWords(['A=1', 'B=2'])).operators).toEqual([])
    expect(words(joinWords(['A=1', 'B=2']))).toEqual(['A=1', 'B=2'])
  })
})

describe('variables in a shell command', () => {
  const protect = (line: string) => protectVariables(line, nameInShell)

  it.each([
    ['wc ${file} | cat', 'wc "${file}" | cat', ['file']],
    ['wc "${file}" > "${fileStem}.txt"', 'wc "${file}" > "${fileStem}.txt"', ['file', 'fileStem']],
    ['wc x${fileStem}y', 'wc x"${fileStem}"y', ['fileStem']],
    ["awk '{print ${file}}' x", "awk '{print ${file}}' x", []],
    ['echo "$(wc ${file})"', 'echo "$(wc "${file}")"', ['file']],
    ['echo "$(wc "${file}")" ${file}', 'echo "$(wc "${file}")" "${file}"', ['file']],
    ['echo `wc ${file}`', 'echo `wc "${file}"`', ['file']],
    ['echo "a\\"${file}"', 'echo "a\\"${file}"', ['file']],
    ['echo "it\'s ${file}"', 'echo "it\'s ${file}"', ['file']],
    ['(cd x; wc ${file})', '(cd x; wc "${file}")', ['file']],
    ['echo ${HOME} $USER', 'echo ${HOME} $USER', []],
    ['echo ${env:HOME}', 'echo "${HOME}"', ['env:HOME']],
    ['cp "$file" "${file%.gz}.bak"', 'cp "$file" "${file%.gz}.bak"', ['file']],
    ['echo \\${file}', 'echo \\${file}', []],
  ])('%s', (line, expected, used) => {
    expect(protect(line)).toEqual({ command: expected, used })
  })
})
