// The jobs of a round of chaos: whether they have begun and ended is seen in a log, and what they bring can be counted.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { JobSpec } from '../../src/api'
import { workerCommand } from './workers'

export interface Work {
  /** The folder of the round's files. */
  folder: string
  /** Its name in the round. */
  name: string
  bytes: number
  seconds: number
  /** Into which it writes when it begins and ends. */
  log: string
}

export interface Made {
  spec: JobSpec<unknown>
  /** What must be true of its value. */
  expectValue(value: unknown, at: string): void
  /** What must be true when it has none. */
  expectNoValue?(at: string): unknown
}

const scriptOf = ({ bytes, log, seconds }: Work, end = '') =>
  `echo begun >> ${log}; sleep ${seconds.toFixed(2)}; cat; head -c ${bytes} /dev/zero; ${end} echo ended >> ${log}`
const bytesOf = (file: string) => readFileSync(file).length

/** Ways to make a job that does this work. */
export const kinds = {
  bytes: work => ({
    spec: { command: ['sh', '-c', scriptOf(work)], stdin: work.name },
    expectValue: (value, at) => expect((value as Uint8Array).length, at).toBe(work.name.length + work.bytes),
  }),
  files(work) {
    const [input, output] = ['in', 'out'].map(name => join(work.folder, `${name}-${work.name}`)) as [string, string]
    writeFileSync(input, work.name)
    return {
      spec: { command: ['sh', '-c', scriptOf(work)], stdin: { file: input }, stdout: { file: output } },
      expectValue: (_, at) => expect(bytesOf(output), at).toBe(work.name.length + work.bytes),
      expectNoValue: at => existsSync(output) && expect(bytesOf(output), at).toBe(work.name.length + work.bytes),
    }
  },
  outputs(work) {
    const names = ['a', 'b', 'c'].map(each => `${work.name}-${each}`)
    writeFileSync(join(work.folder, `${work.name}.txt`), work.name)
    const copies = names.map(name => `cat ${work.name}.txt > ${name}; head -c ${work.bytes} /dev/zero >> ${name};`)
    return {
      spec: {
        command: ['sh', '-c', scriptOf(work, copies.join(' '))],
        inputs: [`${work.name}.txt`],
        outputs: [`${work.name}-*`],
      },
      expectValue: (_, at) =>
        expect(
          names.map(name => bytesOf(join(work.folder, name))),
          at,
        ).toEqual(names.map(() => work.name.length + work.bytes)),
    }
  },
  worker: work => ({
    spec: {
      command: workerCommand('writes-log.mjs'),
      protocol: 'lines',
      keepAlive: { max: 2, idleSeconds: 1 },
      stdin: { value: { log: work.log, seconds: work.seconds, bytes: work.bytes } },
    },
    expectValue: (value, at) => expect((value as string).length, at).toBe(work.bytes),
  }),
} satisfies Record<string, (work: Work) => Made>
export type JobKind = keyof typeof kinds
