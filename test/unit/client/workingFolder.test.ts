import path from 'node:path'
import { expect, test } from 'vitest'
import { workingFolder } from '../../../src/client/jobs/workingFolder'

const home = path.resolve('/home/me')

test.each([
  [undefined, home],
  ['data', path.join(home, 'data')],
  ['./data/', path.join(home, 'data')],
  ['../you', path.resolve('/home/you')],
  ['~', path.join(home, '~')],
  [path.resolve('/data'), path.resolve('/data')],
])('the folder %s of a job', (cwd, expected) => {
  expect(workingFolder(cwd, home)).toBe(expected)
})

test('an absolute one is left as it is: what .. means behind a link only the system knows', () => {
  expect(workingFolder('/link/../data', home)).toBe('/link/../data')
})
