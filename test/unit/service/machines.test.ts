// Which folder is whose: that of one user on one machine, whichever flavour of VS Code asks.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { kindOfPath, kindOfType } from '../../../src/service/base/fileSystems'
import { machineIdOf, thisMachine } from '../../../src/service/base/machineId'
import { baseFolder, stateFolder, statePaths } from '../../../src/service/base/paths'
import { isOwnRemnant } from '../../../src/service/state/holder'

const usual = join(homedir(), '.local', 'state')

describe('the base folder', () => {
  it.each([
    ['a desktop', {}],
    ['a server', { VSCODE_AGENT_FOLDER: '/home/me/.vscode-server', VSCODE_IPC_HOOK_CLI: '/run/x' }],
    ['Insiders', { VSCODE_PORTABLE: '/opt/insiders/data', VSCODE_NLS_CONFIG: '{}' }],
    ['a relative setting, which is to be ignored', { XDG_STATE_HOME: 'state' }],
    ['an empty one', { XDG_STATE_HOME: '' }],
    ['a snap', { SNAP_NAME: 'code', XDG_STATE_HOME: '/home/me/snap/code/171/.local/state' }],
  ])('is one for %s', (_, env) => {
    expect(baseFolder(env, 'linux')).toBe(usual)
  })

  it('is what the user has chosen', () => {
    expect(baseFolder({ XDG_STATE_HOME: '/state' }, 'linux')).toBe('/state')
    expect(baseFolder({ XDG_STATE_HOME: '/scratch/snap/me' }, 'linux')).toBe('/scratch/snap/me')
    expect(baseFolder({ LOCALAPPDATA: 'C:\\Local' }, 'win32')).toBe('C:\\Local')
  })
})

describe('the id of a machine', () => {
  const linux = { platform: 'linux', file: 'a', hostname: 'one' } as const

  it('distinguishes machines by their ids, or by their names where there is none', () => {
    expect(machineIdOf(linux)).not.toBe(machineIdOf({ ...linux, file: 'b' }))
    expect(machineIdOf({ ...linux, file: '' })).not.toBe(machineIdOf({ ...linux, file: '', hostname: 'two' }))
    expect(machineIdOf({ ...linux, file: 'uninitialized' })).toBe(machineIdOf({ ...linux, file: '' }))
  })

  it('does not change with the name of the machine', () => {
    for (const facts of [
      linux,
      { ...linux, platform: 'darwin', file: '' },
      { ...linux, platform: 'win32', file: '' },
    ] as const)
      expect(machineIdOf(facts)).toBe(machineIdOf({ ...facts, hostname: 'renamed' }))
  })

  it.runIf(process.platform === 'linux')('makes folders of machines with one home differ', () => {
    const on = (machine: string) => stateFolder('', { XDG_STATE_HOME: '/tmp', HEADLESS_JOBS_MACHINE: machine })
    expect(on('alpha')).toMatch(/^\/tmp\/headless-jobs\/[0-9a-f]{12}$/)
    expect(on('alpha')).not.toBe(on('beta'))
    expect(thisMachine({ HEADLESS_JOBS_MACHINE: 'alpha' }).name).toBe('alpha')
  })
})

describe('a file system', () => {
  it.each([
    [0xef53, 'local'],
    [0x9123683e, 'local'],
    [-1859950530, 'local'], // the same as a signed number
    [0x6969, 'network'],
    [0xff534d42, 'network'],
    [0x0bd00bd0, 'network'],
    [0x65735546, 'network'],
    [0x12345678, 'unknown'],
  ])('%d is %s', (type, kind) => {
    expect(kindOfType(type)).toBe(kind)
  })

  it.each([
    ['C:\\Users\\me', 'win32', 'local'],
    ['\\\\server\\share\\me', 'win32', 'network'],
    ['//server/share', 'win32', 'network'],
    ['\\\\?\\C:\\Users', 'win32', 'local'],
    ['\\\\?\\UNC\\server\\share', 'win32', 'network'],
    ['/Users/me/Library', 'darwin', 'local'],
    ['/Volumes/share/me', 'darwin', 'unknown'],
    ['/Network/Servers/s/me', 'darwin', 'unknown'],
  ] as const)('of %s on %s is %s', (path, platform, kind) => {
    expect(kindOfPath(path, platform)).toBe(kind)
  })

  it('that other machines may see has the lock and the socket of its service elsewhere', () => {
    process.env.HEADLESS_JOBS_FILE_SYSTEM = 'network'
    try {
      const { lock, state, machine, holder } = statePaths('/shared/state')
      expect([lock, machine].filter(path => path.startsWith(state))).toEqual([])
      expect(holder).toBe(join('/shared/state', 'holder.json'))
      expect(statePaths('/shared/other').lock).not.toBe(lock)
    } finally {
      delete process.env.HEADLESS_JOBS_FILE_SYSTEM
    }
    expect(statePaths('/tmp/state').lock).toBe(join('/tmp/state', 'lock.sqlite'))
  })
})

describe('a note of who holds a folder', () => {
  const own = { id: 'm', name: 'one', boot: 'b', service: 's', beat: 0 }

  it.each([
    ['of this machine, from before', {}, true],
    ['of it, from before it was restarted, or of a clone of it', { boot: 'c' }, false],
    ['of another machine', { id: 'n', boot: 'c' }, false],
    ['of another machine, as that claims', { id: 'n' }, false],
  ])('%s', (_, found, isRemnant) => {
    expect(isOwnRemnant({ ...own, service: 'earlier', ...found }, own)).toBe(isRemnant)
  })
})
