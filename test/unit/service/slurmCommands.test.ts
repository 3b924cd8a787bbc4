// The commands of Slurm for allocations, and what they print.
import { describe, expect, it } from 'vitest'
import {
  hasEnded,
  hopelessReason,
  isPending,
  isRunning,
  jobRemedyOf,
  readDuration,
  readJobId,
  readStates,
  sbatchWords,
  slurmProblem,
  squeueWords,
} from '../../../src/service/slurm/slurmCommands'
import { slurmEnvironment, wordsThere } from '../../../src/service/slurm/slurmShell'

describe('an allocation is asked for', () => {
  it('with a time always, never requeued, and with nothing that a queue does not name', () => {
    const words = sbatchWords('headless-jobs-ab', { kind: 'slurm' })
    expect(words.slice(0, 3)).toEqual(['sbatch', '--parsable', '--job-name=headless-jobs-ab'])
    expect(words).toEqual(expect.arrayContaining(['--time=60', '--no-requeue', '--nodes=1', '--ntasks=1']))
    expect(words.filter(word => /cpus|partition|account|qos|gres|constraint/.test(word))).toEqual([])
  })

  it('with what a queue names, its own options last', () => {
    const words = sbatchWords('n', {
      kind: 'slurm',
      slots: 8,
      partition: 'short',
      account: 'neuro',
      gres: 'gpu:1',
      options: ['--mem=16G', '--time=5'],
      allocations: { minutes: 90 },
    })
    expect(words).toEqual(
      expect.arrayContaining([
        '--time=90',
        '--cpus-per-task=8',
        '--partition=short',
        '--account=neuro',
        '--gres=gpu:1',
      ]),
    )
    expect(words.slice(-2)).toEqual(['--mem=16G', '--time=5'])
  })

  it('where a queue by ssh leads, with words that a shell there leaves as they are', () => {
    expect(wordsThere(squeueWords('n'), undefined)).toEqual(squeueWords('n'))
    const words = wordsThere(['squeue', '--format=%i|%T', "it's"], { kind: 'ssh', host: 'login' })
    expect(words.slice(-2)).toEqual(['login', "'squeue' '--format=%i|%T' 'it'\\''s'"])
  })

  it('without what an allocation around the job service says', () => {
    const env = { SLURM_CONF: '/c', SLURM_JOB_ID: '1', SBATCH_ACCOUNT: 'x', SRUN_DEBUG: '3', PATH: '/bin' }
    expect(slurmEnvironment(env)).toEqual({ SLURM_CONF: '/c', PATH: '/bin' })
  })
})

describe('what squeue prints', () => {
  it('is read line by line', () => {
    expect(
      readStates(
        '12|RUNNING|None|node3|59:50|0|\n13|PENDING|Resources||1:00:00|0|\n14|FAILED|NonZeroExitCode|node3|INVALID|19712|\n',
      ),
    ).toEqual([
      { id: '12', state: 'RUNNING', reason: 'None', exitCode: 0, node: 'node3', secondsLeft: 3590 },
      { id: '13', state: 'PENDING', reason: 'Resources', exitCode: 0, secondsLeft: 3600 },
      { id: '14', state: 'FAILED', reason: 'NonZeroExitCode', exitCode: 77, node: 'node3' },
    ])
    expect(readStates('')).toEqual([])
  })

  it('is found among what a login shell or Slurm prints besides', () => {
    const printed = 'Welcome to the cluster\nsqueue: warning: slow | busy\n12|RUNNING|None|node3|59:50\n'
    expect(readStates(printed)).toMatchObject([{ id: '12' }])
    expect(readJobId('Welcome 7\n12;big\n')).toBe('12')
    expect(readJobId('Welcome\n')).toBeUndefined()
  })

  it('is refused when it is something else', () => {
    expect(() => readStates('Welcome to the cluster')).toThrow('squeue printed “Welcome to the cluster”')
  })

  it.each([
    ['7', 7],
    ['1:02', 62],
    ['2:00:03', 7203],
    ['1-00:00:00', 86_400],
    ['UNLIMITED', undefined],
    ['INVALID', undefined],
    ['', undefined],
  ])('has durations such as %j', (text, seconds) => {
    expect(readDuration(text)).toBe(seconds)
  })

  it.each([
    ['PENDING', 'pending'],
    ['CONFIGURING', 'pending'],
    ['RUNNING', 'running'],
    ['RESV_DEL_HOLD', 'pending'],
    ['SUSPENDED', 'running'],
    ['STOPPED', 'running'],
    ['COMPLETING', ''],
    ['A_WORD_OF_NEXT_YEAR', ''],
    ['TIMEOUT', 'ended'],
    ['PREEMPTED', 'ended'],
    ['NODE_FAIL', 'ended'],
    ['CANCELLED', 'ended'],
    ['OUT_OF_MEMORY', 'ended'],
  ])('has the state %s', (state, expected) => {
    const allocation = { id: '1', state, reason: 'None', exitCode: 0 }
    const is = { pending: isPending(allocation), running: isRunning(allocation), ended: hasEnded(allocation) }
    expect(is).toEqual({ pending: false, running: false, ended: false, ...(expected && { [expected]: true }) })
  })
})

describe('what is wrong', () => {
  it('is said of what waits for ever, with what may help, and not of what only waits', () => {
    const waiting = (reason: string) => hopelessReason({ id: '4', state: 'PENDING', reason, exitCode: 0 })
    expect(waiting('PartitionTimeLimit')).toBe(
      'The allocation 4 does not begin (PartitionTimeLimit): its partition allows less time: set a smaller "allocations.minutes".',
    )
    for (const reason of ['Resources', 'Priority', 'None', 'QOSMaxJobsPerUserLimit'])
      expect(waiting(reason)).toBeUndefined()
  })

  it('of a job names what that may change', () => {
    expect(jobRemedyOf('PartitionTimeLimit')).toContain('a smaller "timeoutSeconds" of the job')
    expect(jobRemedyOf('PartitionDown')).toContain('is down')
    expect(jobRemedyOf('Priority')).toBeUndefined()
  })

  it('is the last line that a command printed, as a sentence', () => {
    const printed =
      'sbatch: error: invalid partition specified: none\nsbatch: error: Batch job submission failed: Invalid partition name specified\n'
    expect(slurmProblem('sbatch', printed)).toBe(
      'sbatch says: Batch job submission failed: Invalid partition name specified.',
    )
    expect(slurmProblem('squeue', '')).toBe('squeue failed and did not say why.')
    const limited =
      'sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: Job violates policy\n'
    expect(slurmProblem('sbatch', limited)).toBe(
      'sbatch says: Batch job submission failed: Job violates policy (QOSMaxSubmitJobPerUserLimit).',
    )
  })
})
