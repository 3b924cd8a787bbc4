// What a job sees of the environment of its window, and which of it stays in memory: through a real service.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => {
  state = given.state
  open = given.open
})

/** Such a name cannot be written into an object literal. */
const named = (name: string, value: string) => Object.fromEntries([[name, value]])

async function seenBy(window: TestWindow, env?: Record<string, string | null>): Promise<string[]> {
  const result = await window.api.submit({ command: ['env'], stdout: 'text', ...(env && { env }) }).result
  return result.state === 'succeeded' ? result.value.split('\n') : [`${result.state}: ${result.error?.message}`]
}

/** Which files of the state folder hold a text. */
function filesWith(text: string): string[] {
  return readdirSync(state.folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(file => readFileSync(file).includes(text))
}

describe('a variable whose name means something to JavaScript', () => {
  test.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
    '%s of the window, and of the job',
    async name => {
      const ofWindow = open({ env: named(name, 'the window’s') })
      expect(await seenBy(ofWindow)).toContain(`${name}=the window’s`)
      expect(await seenBy(ofWindow, named(name, 'the job’s'))).toContain(`${name}=the job’s`)
      const removed = Object.fromEntries([[name, null]])
      expect((await seenBy(ofWindow, removed)).filter(line => line.startsWith(name))).toEqual([])
    },
  )

  test('whose value is secret', async () => {
    const [ofWindow, ofJob] = ['https://me:pa55word@host', 'https://me:other55@host']
    const window = open({ env: named('__proto__', ofWindow) })
    const length = async (env: Record<string, string> = {}) => {
      const line = 'printenv __proto__ | wc -c'
      return (await window.api.submit({ command: ['sh', '-c', line], stdout: 'text', env }).result) as {
        value?: string
      }
    }
    expect((await length()).value).toBe(`${ofWindow.length + 1}\n`)
    expect((await length(named('__proto__', ofJob))).value).toBe(`${ofJob.length + 1}\n`)
    expect([...filesWith('pa55word'), ...filesWith('other55')]).toEqual([])
  })
})

test('variables of the user that begin like those of an editor', async () => {
  const env = { CS_COURSE: '101', SNAP_HOME: '/opt/snap', ELECTRON_DENSITY: '0.3', CS_DISABLE_PROXY: '1' }
  const lines = await seenBy(open({ env }))
  expect(lines).toEqual(expect.arrayContaining(['CS_COURSE=101', 'SNAP_HOME=/opt/snap', 'ELECTRON_DENSITY=0.3']))
  expect(lines).not.toContain('CS_DISABLE_PROXY=1')
})

test('what is secret by its name, or as a password in an address, reaches the job and nothing on disk', async () => {
  const secret = 'open-sesame-987654'
  const ofWindow = {
    MYSQL_PWD: secret,
    DB_PASSWD: secret,
    AWS_CREDENTIALS: secret,
    NPM_AUTH: secret,
    GPG_PASSPHRASE: secret,
    MYAPIKEY: secret,
    HTTPS_PROXY: `http://me:${secret}@proxy:3128`,
  }
  const ofJob = { DATABASE_URL: `postgres://me:${secret}@db/data`, DB_PASS: secret }
  const names = Object.keys({ ...ofWindow, ...ofJob })
  const line = `printf %s "${names.map(name => `$${name}`).join('')}" | wc -c`
  const job = open({ env: ofWindow }).api.submit({ command: ['sh', '-c', line], stdout: 'text', env: ofJob })
  const bytes = Object.values({ ...ofWindow, ...ofJob }).join('').length
  expect(await job.result).toMatchObject({ value: `${bytes}\n` })
  expect(filesWith(secret)).toEqual([])
  expect(filesWith('DATABASE_URL')).not.toEqual([])
})

/** The service dies with jobs in its line, and a stranger’s window brings up another one. */
async function afterDeath(env: Record<string, string>, command: string[]) {
  const first = open({ env, workspace: '/a' })
  await first.configure({ concurrency: 1, afterServiceCrash: 'continue' })
  const blocker = first.api.submit({ command: ['sleep', '300'] })
  const job = first.api.submit({ command, stdout: 'text' })
  await job.accepted
  await until(() => blocker.info.pid, 60_000, 'the job before it')
  first.client.dispose()
  process.kill(readRecord(statePaths(state.folder))?.pid as number, 'SIGKILL')
  const stranger = open({ workspace: '/b' })
  return { id: job.id, stranger, found: async () => (await stranger.api.list({ ids: [job.id] })).jobs[0] }
}

describe('after the death of the service', () => {
  test('a job waits for no window because of KEYBOARD, SSH_AUTH_SOCK and the like', async () => {
    const env = {
      KEYBOARD: 'de',
      MONKEY: 'patched',
      SSH_AUTH_SOCK: '/run/agent',
      XDG_SESSION_ID: '7',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/bus',
      GIT_AUTHOR_NAME: 'me',
      TOKENIZERS_PARALLELISM: 'false',
      CS_COURSE: '101',
    }
    const { found } = await afterDeath(env, ['sh', '-c', 'echo $KEYBOARD'])
    expect(await until(async () => (await found())?.state === 'succeeded', 60_000, 'its end')).toBe(true)
  })

  test('one that does is helped by a window in which the same variable is no secret any more', async () => {
    const env = { DATA_URL: 'https://me:pa55@host/data' }
    const { id, found } = await afterDeath(env, ['sh', '-c', 'echo $DATA_URL'])
    await until(async () => (await found())?.reason === 'secret', 60_000, 'the job to wait')
    const again = open({ env: { DATA_URL: 'https://host/data' }, workspace: '/a' })
    expect(await (await again.api.getJob(id))?.result).toMatchObject({ value: 'https://host/data\n' })
  })
})
