// Which path of this machine is which one elsewhere.
import { expect, it } from 'vitest'
import { mappedPath, mappedWord } from '../../../src/service/files/remotePaths'

const windows = { 'C:\\Users\\me': '/mnt/me', 'D:/data/': '/data' }

it.each([
  ['c:\\Users\\me\\a.py', '/mnt/me/a.py'],
  ['C:/users/Me/a b/c.py', '/mnt/me/a b/c.py'],
  ['C:\\Users\\me', '/mnt/me'],
  ['d:\\DATA\\Sub', '/data/Sub'],
  ['C:\\Users\\mean', undefined],
])('on Windows, where case and slashes do not matter, %s is %s there', (here, there) => {
  expect(mappedPath(here, windows, 'win32')).toBe(there)
  expect(mappedWord(here, windows, 'win32')).toBe(there ?? here)
})

it('elsewhere they do', () => {
  expect(mappedPath('/Home/me', { '/home/me': '/mnt' }, 'linux')).toBeUndefined()
  expect(mappedPath('/home\\me', { '/home/me': '/mnt' }, 'linux')).toBeUndefined()
  expect(mappedPath('/home/me/a\\b', { '/home/me': '/mnt' }, 'linux')).toBe('/mnt/a\\b')
})

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
