// Which path of this machine is which one elsewhere.
import { expect, it } from 'vitest'
import { mappedPath, mappedWord } from '../../../src/service/remote/remotePaths'

const mapping = { '/home/me': '/mnt/me/', '/home/me/data/': '/data', '/': '/host' }

it.each([
  ['/home/me/a.py', '/mnt/me/a.py'],
  ['/home/me', '/mnt/me'],
  ['/home/me/data/x/y', '/data/x/y'],
  ['/home/me/data', '/data'],
  ['/home/me/database', '/mnt/me/database'],
  ['/home/mean', '/host/home/mean'],
  ['/etc', '/host/etc'],
])('%s is %s there', (here, there) => {
  expect(mappedPath(here, mapping)).toBe(there)
})

it('a path in none of the folders has none there, and no other word is a path', () => {
  expect(mappedPath('/home/me', { '/data': '/d' })).toBeUndefined()
  expect(mappedWord('data/x', { '/': '/host' })).toBe('data/x')
  expect(mappedWord('--in=/data/x', { '/data': '/d' })).toBe('--in=/data/x')
  expect(mappedWord('/etc', { '/data': '/d' })).toBe('/etc')
})
