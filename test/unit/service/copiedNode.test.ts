// Whether the Node that runs the job service runs on another machine.
import { expect, it } from 'vitest'
import { fits, ownNode } from '../../../src/service/launch/copiedNode'

const own = { file: '/usr/bin/node', platform: 'linux', arch: 'x64', glibc: '2.28' }
const mac = { ...own, platform: 'darwin', arch: 'arm64', glibc: '' }

it.each([
  ['the same kind of machine', own, ['Linux', 'x86_64', '2.28'], true],
  ['a newer library', own, ['Linux', 'x86_64', '2.36'], true],
  ['an older library', own, ['Linux', 'x86_64', '2.17'], false],
  ['a library of two digits that is older by number', own, ['Linux', 'x86_64', '2.9'], false],
  ['another library', own, ['Linux', 'x86_64', '-'], false],
  ['another processor', own, ['Linux', 'aarch64', '2.36'], false],
  ['another system', own, ['Darwin', 'x86_64', '-'], false],
  ['nothing known', own, ['-', '-', '-'], false],
  ['a Mac', mac, ['Darwin', 'arm64', '-'], true],
  ['a Node of another library', { ...own, glibc: '' }, ['Linux', 'x86_64', '2.36'], false],
  ['Windows, which has no such shell', { ...own, platform: 'win32' }, ['Linux', 'x86_64', '2.36'], false],
])('%s', (_, node, [system = '', machine = '', glibc = ''], expected) => {
  expect(fits(node, { system, machine, glibc })).toBe(expected)
})

it('is this one', () => {
  expect(ownNode()).toMatchObject({ file: process.execPath, platform: process.platform, arch: process.arch })
})
