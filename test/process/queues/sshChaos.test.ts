// Whatever is killed on the way to a host, with jobs of every kind: no job is lost that could be saved, none runs twice, each value and
// each file comes once and whole, and nothing is left.
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { chaosRounds, processesLike, runRounds } from '../../support/chaosRounds'
import { hasSshd, startSshd } from '../../support/sshd'
import { killService, makeTempState, sendSignal } from '../../support/tempState'
import { until } from '../../support/until'
import { openWindow } from '../../support/window'

const ROUNDS = chaosRounds(4)
const LIMIT_MS = 60_000

const victims = [
  ...(['client', 'stopped client', 'service', 'service and client'] as const),
  ...(['server', 'stopped server', 'connection there', 'runner', 'fewer slots', 'paused queue'] as const),
]
type Victim = (typeof victims)[number]

describe.runIf(hasSshd && process.platform === 'linux')('a host of which anything is killed', () => {
  it.each(['shared', 'copy'] as const)(
    'loses nothing else, with files %s',
    async files => {
      const state = makeTempState()
      const there = join(tmpdir(), `hj-there-${process.pid}-${files}`)
      mkdirSync(there)
      const sshd = await startSshd({ TMPDIR: there })
      const host = { kind: 'ssh', host: 'lab', config: sshd.config, node: process.execPath, keepSeconds: 60 } as const
      const settings = (slots: number) => ({
        ...({ afterServiceCrash: 'continue', killGraceSeconds: 0.3 } as const),
        queues: { q: { ...host, files, slots } },
      })
      const window = openWindow(state.folder, settings(3))
      await window.configure(settings(3))
      const { service } = window.client
      const processesThere = () => processesLike(({ env }) => env.includes(`TMPDIR=${there}`))
      const signal = (pids: readonly number[], name: NodeJS.Signals) => {
        for (const pid of pids) sendSignal(pid, name)
      }
      /** The service may be away for the first try. */
      const untilDone = (request: () => Promise<unknown>) =>
        until(
          () =>
            request()
              .then(() => true)
              .catch(() => false),
          LIMIT_MS,
          'a service that answers',
        )

      let isAway = false
      const strikes: Record<Victim, () => unknown> = {
        client: () => sshd.cut(),
        async 'stopped client'() {
          const clients = sshd.clients()
          signal(clients, 'SIGSTOP')
          await pause(200)
          signal(clients, 'SIGKILL')
        },
        service: () => killService(state.folder),
        'service and client'() {
          strikes.service()
          strikes.client()
        },
        async server() {
          if (isAway) return
          isAway = true
          await sshd.stop()
          sshd.cut()
          await pause(700)
          await sshd.start()
          isAway = false
        },
        async 'stopped server'() {
          if (isAway) return
          sshd.signal('SIGSTOP')
          await pause(300)
          sshd.signal('SIGCONT')
        },
        'connection there': () => isAway || sshd.cutThere(),
        runner: () =>
          signal(
            processesThere()
              .filter(({ words }) => words.includes(' --kept '))
              .map(({ pid }) => pid),
            'SIGKILL',
          ),
        async 'fewer slots'() {
          await untilDone(() => window.configure(settings(1)))
          await pause(300)
          await untilDone(() => window.configure(settings(4)))
        },
        async 'paused queue'() {
          await untilDone(() => service.pauseQueue({ queue: 'q', paused: true }))
          await pause(300)
          await untilDone(() => service.pauseQueue({ queue: 'q', paused: false }))
        },
      }
      await runRounds(state.folder, {
        window,
        rounds: ROUNDS,
        limitMs: LIMIT_MS,
        spreadMs: 1200,
        victims,
        strike: victim => strikes[victim](),
        mayLose: victim => victim === 'runner',
        kinds: ['bytes', 'files', 'outputs', 'worker', 'worker'],
        cancels: true,
      })
      const parts = () =>
        readdirSync(state.folder, { recursive: true, encoding: 'utf8' }).filter(name => name.includes('.part'))
      await until(() => parts().length === 0, LIMIT_MS, 'no part of a file').catch(error => {
        throw new Error(`${error.message} ${parts()}`)
      })
      // what a runner that was killed has left is removed over the next connection
      expect(await window.api.submit({ command: ['true'], queue: 'q' }).result).toMatchObject({ state: 'succeeded' })
      await window.configure({ queues: {} })
      await until(() => processesThere().length === 0, LIMIT_MS, 'the end of the runner, and of all it began')
      window.client.dispose()
      await state.remove()
      await sshd.remove()
      expect(readdirSync(there)).toEqual([])
      rmdirSync(there)
    },
    ROUNDS * LIMIT_MS,
  )
})
