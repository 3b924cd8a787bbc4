import { describe, expect, test } from 'vitest'
import { threadVariables } from '../../../src/core/base/threadVariables'
import { jobEnvironment, mergeEnvironment, scrubEnvironment } from '../../../src/run/process/environment'

describe('what belongs to the editor is left out', () => {
  test.each([
    'ELECTRON_RUN_AS_NODE',
    'ELECTRON_NO_ATTACH_CONSOLE',
    'VSCODE_IPC_HOOK_CLI',
    'VSCODE_PORTABLE_ISH',
    'SNAP',
    'SNAP_NAME',
    'CODE_SERVER_SESSION_SOCKET',
    'CS_DISABLE_FILE_DOWNLOADS',
    'CS_DISABLE_FILE_UPLOADS',
    'CS_DISABLE_GETTING_STARTED_OVERRIDE',
    'CS_DISABLE_PROXY',
    'CS_STATIC_BASE',
    'CS_TELEMETRY_URL',
    'ELECTRON_ENABLE_LOGGING',
    'SNAP_USER_DATA',
    'GTK_PATH_VSCODE_SNAP_ORIG',
    'GDK_PIXBUF_MODULE_FILE',
    'NODE_OPTIONS',
  ])('%s', name => {
    expect(scrubEnvironment({ [name]: 'x', KEPT: 'y' })).toEqual({ KEPT: 'y' })
  })

  test.each([
    'VSCODE_PORTABLE',
    'VSCODE_SHELL_LOGIN',
    'VSCODE_ENV_APPEND',
    'PATH',
    'MY_ELECTRON_MICROSCOPE',
    'SNAPPY_LEVEL',
    'NODE_PATH',
    'CSV',
    'CS_COURSE',
    'CS_HOME',
    'CS_DISABLE_FILE_DOWNLOADS_OF_MINE',
    'SNAP_HOME',
    'SNAP_ENGINE',
    'ELECTRON_DENSITY',
    'ELECTRON_MIRROR',
    'GDK_PIXBUF_OF_MINE',
    'GDK_BACKEND',
  ])('but not %s', name => {
    expect(scrubEnvironment({ [name]: 'x' })).toEqual({ [name]: 'x' })
  })

  test('nor is a variable without a value kept', () => {
    expect(scrubEnvironment({ GONE: undefined, EMPTY: '' })).toEqual({ EMPTY: '' })
  })
})

test('differences add, replace and remove', () => {
  const window = { A: '1', B: '2', C: '3' }
  expect(mergeEnvironment(window, { A: 'new', B: null, D: '4', E: null })).toEqual({ A: 'new', C: '3', D: '4' })
  expect(mergeEnvironment(window, undefined)).toBe(window)
  expect(window).toEqual({ A: '1', B: '2', C: '3' })
})

describe('the variables that describe a job', () => {
  /** All that `spawn` would read. */
  function seen(env: Record<string, string>): Record<string, string> {
    const all: Record<string, string> = {}
    for (const name in env) all[name] = env[name] ?? ''
    return all
  }
  const job = { id: 'id-1', name: 'a\0b', cores: 4, cwd: '/data' }

  test('its facts, and as many threads as it has cores', () => {
    const env = seen(jobEnvironment(job, { HOME: '/home/me' }))
    expect(env).toMatchObject({
      HOME: '/home/me',
      HEADLESS_JOB_ID: 'id-1',
      HEADLESS_JOB_NAME: 'ab',
      HEADLESS_JOB_CORES: '4',
      PYTHONUNBUFFERED: '1',
    })
    expect(threadVariables.map(name => env[name])).toEqual(threadVariables.map(() => '4'))
  })

  test('unless the user has set them', () => {
    const env = seen(jobEnvironment(job, { OMP_NUM_THREADS: '1', PYTHONUNBUFFERED: '', HEADLESS_JOB_ID: 'outer' }))
    expect(env).toMatchObject({
      OMP_NUM_THREADS: '1',
      PYTHONUNBUFFERED: '',
      HEADLESS_JOB_ID: 'id-1',
      MKL_NUM_THREADS: '4',
    })
  })
})
