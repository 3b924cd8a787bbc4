// The commands of Slurm for jobs of which each is one of ours, and what they print.
import { describe, expect, it } from 'vitest'
import { SubmitLimits } from '../../../src/service/slurmJobs/submitLimits'
import {
  arrayWords,
  isFull,
  isTooMuch,
  readAccounts,
  readIndexes,
  readLimits,
  readTasks,
  writeIndexes,
} from '../../../src/service/slurmJobs/taskCommands'

const queue = { kind: 'slurm', mode: 'jobs' } as const

describe('an array', () => {
  it('asks for what its jobs need, and the words of the queue come last', () => {
    const words = arrayWords(
      'name',
      'a1',
      3,
      { cores: 4, memoryMB: 1000, timeoutMs: 90_000 },
      { ...queue, options: ['--nice'] },
    )
    expect(words).toEqual(
      expect.arrayContaining(['--comment=a1', '--array=0-2', '--cpus-per-task=4', '--mem=1064M', '--time=4']),
    )
    expect(words.at(-1)).toBe('--nice')
    expect(words).toContain('--no-requeue')
  })

  it('of one job is none, which a cluster may not allow', () => {
    const words = arrayWords('name', 'a1', 1, { cores: 1 }, queue)
    expect(words.filter(word => /array|cpus|mem|time/.test(word))).toEqual([])
  })
})

describe('what squeue prints', () => {
  it('is read line by line, several jobs of an array in one', () => {
    const printed = `welcome
1|0|COMPLETED|0|None|vm|1795849108|a1|
1|1|FAILED|512|NonZeroExitCode|vm|1795849108|a1|
1|16-18,20%2|PENDING|0|Resources||N/A|a1|
2|N/A|RUNNING|0|None|n3|1795849108|b2|
4|N/A|FAILED|1|BadConstraints||1795849108|(null)|
`
    expect(readTasks(printed)).toEqual([
      {
        id: '1',
        isAlone: false,
        indexes: [0],
        array: 'a1',
        state: 'COMPLETED',
        exitCode: 0,
        node: 'vm',
        startsAt: 1795849108000,
      },
      {
        id: '1',
        isAlone: false,
        indexes: [1],
        array: 'a1',
        state: 'FAILED',
        reason: 'NonZeroExitCode',
        exitCode: 2,
        node: 'vm',
        startsAt: 1795849108000,
      },
      {
        id: '1',
        isAlone: false,
        indexes: [16, 17, 18, 20],
        array: 'a1',
        state: 'PENDING',
        reason: 'Resources',
        exitCode: 0,
      },
      {
        id: '2',
        isAlone: true,
        indexes: [0],
        array: 'b2',
        state: 'RUNNING',
        exitCode: 0,
        node: 'n3',
        startsAt: 1795849108000,
      },
      {
        id: '4',
        isAlone: true,
        indexes: [0],
        array: '(null)',
        state: 'FAILED',
        reason: 'BadConstraints',
        exitCode: 0,
        startsAt: 1795849108000,
      },
    ])
  })

  it('may be nothing, but nothing else', () => {
    expect(readTasks('\n')).toEqual([])
    expect(() => readTasks('slurm is away\n')).toThrow('squeue printed “slurm is away”')
  })
})

it('indexes are read, and written as short as can be', () => {
  expect(readIndexes('3')).toEqual([3])
  expect(readIndexes('1,5-7%2')).toEqual([1, 5, 6, 7])
  expect(readIndexes('0-8:2%5')).toEqual([0, 2, 4, 6, 8])
  expect(readIndexes('1-10:4,12')).toEqual([1, 5, 9, 12])
  expect(writeIndexes([7, 1, 5, 6])).toBe('1,5-7')
  expect(writeIndexes(Array.from({ length: 1001 }, (_, i) => i))).toBe('0-1000')
})

it('the limits of a cluster are read, and are those of Slurm where it does not say them', () => {
  expect(readLimits('MaxArraySize            = 5\nMaxJobCount             = 500000\n')).toEqual({
    array: 5,
    jobs: 500_000,
  })
  expect(readLimits('MaxArraySize = 0\n')).toEqual({ array: 1, jobs: 10_000 })
  const scheduler = 'SchedulerParameters = bf_interval=60,max_array_tasks=1000,nohold_on_prolog_fail'
  expect(readLimits(`MaxArraySize = 10001\n${scheduler}\n`)).toMatchObject({ array: 1000 })
})

it('what Slurm refuses for now is one thing, and what it refuses for what a job asks for another', () => {
  const full =
    'sbatch says: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user size).'
  const wide = 'sbatch says: Batch job submission failed: Requested node configuration is not available.'
  expect([isFull(full), isFull(wide)]).toEqual([true, false])
  expect([isTooMuch(full), isTooMuch(wide)]).toEqual([false, true])
  // all limits have one sentence, and some versions a word before it which says the limit
  const policy =
    "Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)"
  expect([isFull(policy), isTooMuch(policy)]).toEqual([true, false])
  for (const limit of ['AssocMaxSubmitJobLimit', 'QOSMaxSubmitJobPerUserLimit', 'AssocGrpSubmitJobsLimit'])
    expect([isFull(`${policy} (${limit})`), isTooMuch(`${policy} (${limit})`)]).toEqual([true, false])
  for (const limit of ['QOSMaxWallDurationPerJobLimit', 'AssocMaxCpuPerJobLimit', 'QOSMaxMemoryPerJob', 'QOSMinGRES'])
    expect([isFull(`${policy} (${limit})`), isTooMuch(`${policy} (${limit})`)]).toEqual([false, true])
  const array = 'sbatch says: Batch job submission failed: Invalid job array specification.'
  expect([isFull(array), isTooMuch(array)]).toEqual([true, false])
  expect(isTooMuch('Requested time limit is invalid (missing or exceeds some limit)')).toBe(true)
})

it('the states of accounts are read by the names of jobs', () => {
  const printed = '4711_3|CANCELLED by 1000\n4711_[5-9]|PENDING\n12|COMPLETED\n'
  expect([...readAccounts(printed)]).toEqual([
    ['4711_3', 'CANCELLED'],
    ['12', 'COMPLETED'],
  ])
  expect([...readAccounts('')]).toEqual([])
})

describe('what may be submitted', () => {
  it('is what the cluster allows, with room for others', () => {
    expect(new SubmitLimits({ array: 1001, jobs: 10_000 })).toMatchObject({ array: 1001, jobs: 9000 })
    expect(new SubmitLimits({ array: 4_000_001, jobs: 1 })).toMatchObject({ array: 2000, jobs: 1 })
  })

  it('is less after a refusal, and rises again with what is taken', () => {
    const limits = new SubmitLimits({ array: 1001, jobs: 10_000 })
    limits.refused(12, 0)
    limits.refused(6, 0)
    expect(limits).toMatchObject({ array: 3, jobs: 9000 })
    limits.refused(1, 3)
    expect(limits).toMatchObject({ array: 3, jobs: 3 })
    limits.taken()
    expect(limits).toMatchObject({ array: 6, jobs: 4 })
    for (let i = 0; i < 50; i++) limits.taken()
    expect(limits).toMatchObject({ array: 1001, jobs: 9000 })
  })
})
