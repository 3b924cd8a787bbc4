// The setting of queues: what is taken, and what is wrong with the rest, by its key.
import { describe, expect, it } from 'vitest'
import { queueNames, readQueues } from '../../../src/core/jobs/queueConfig'

const gpu = { kind: 'local', slots: 1, env: { A: 'b', C: null }, wrapper: ['nice'] } as const

describe('readQueues', () => {
  it('takes what is right, and leaves out a queue with a mistake', () => {
    const { queues, problems } = readQueues({ gpu, wrong: { kind: 'local', slots: 0 } })
    expect(queues).toEqual({ gpu })
    expect(problems).toEqual([{ key: 'wrong.slots', value: 0, must: 'a whole number from 1 to 1024' }])
  })

  it.each([
    [undefined, []],
    [{}, []],
    [{ local: { kind: 'local', slots: 2 } }, []],
    [['gpu'], ['']],
    [{ gpu: 3 }, ['gpu']],
    [{ gpu: {} }, ['gpu.kind']],
    [{ gpu: { kind: 'pbs' } }, ['gpu.kind']],
    [{ gpu: { kind: 'slurm' } }, []],
    [
      { gpu: { kind: 'slurm', partition: '--wrap=x', gres: '', setup: 'x' } },
      ['gpu.partition', 'gpu.gres', 'gpu.setup'],
    ],
    [{ gpu: { kind: 'slurm', allocations: { max: 0 } } }, ['gpu.allocations']],
    [{ gpu: { kind: 'slurm', allocations: { hours: 1 } } }, ['gpu.allocations']],
    [{ '': gpu }, ['""']],
    [{ ['x'.repeat(101)]: gpu }, ['x'.repeat(101)]],
    [{ gpu: { kind: 'local', slots: 1.5, env: { '': 'x' }, wrapper: [] } }, ['gpu.slots', 'gpu.env', 'gpu.wrapper']],
    [{ gpu: { kind: 'local', env: ['A'], wrapper: [''] } }, ['gpu.env', 'gpu.wrapper']],
    [{ gpu: { kind: 'local', slot: 1 } }, ['gpu.slot']],
    [{ gpu: { kind: 'local', toString: 1 } }, ['gpu.toString']],
  ])('names the key of each mistake in %j', (value, keys) => {
    expect(readQueues(value).problems.map(({ key }) => key)).toEqual(keys)
  })

  it('reads names that objects have of themselves like any other', () => {
    const value = JSON.parse('{"__proto__": {"kind": "local"}, "constructor": {"kind": "local"}}')
    expect(queueNames(readQueues(value).queues)).toEqual(['local', '__proto__', 'constructor'])
  })

  it.each(['--job-name=x', '-Jx', '--job', '-a', '--array=0-3', '--ar', '-M', '--clusters=a', '--requeue', '--wrap=x'])(
    'leaves the option %s of a cluster to the queue',
    word => {
      const { problems } = readQueues({ gpu: { kind: 'slurm', options: ['--nice', word] } })
      expect(problems.map(({ key }) => key)).toEqual(['gpu.options'])
    },
  )

  it('takes all other options, and a comment where it is not that of an array', () => {
    const options = ['--mem=16G', '-A', 'me', '--jobs', '--exclusive', '--comment=x']
    expect(readQueues({ gpu: { kind: 'slurm', options } }).problems).toEqual([])
    const { problems } = readQueues({ gpu: { kind: 'slurm', mode: 'jobs', options } })
    expect(problems.map(({ key }) => key)).toEqual(['gpu.options'])
  })

  it('says which options of a cluster are ours', () => {
    const [problem] = readQueues({ gpu: { kind: 'slurm', options: ['--array=0-3'] } }).problems
    expect(problem?.must).toBe(
      'a list of words, as in ["--exclusive"], without --job-name, --array, --clusters, --parsable, --requeue, --wrap',
    )
  })

  it('says which fields there are', () => {
    const [problem] = readQueues({ gpu: { kind: 'local', host: 'lab' } }).problems
    expect(problem?.must).toBe('left out: a queue of this kind has slots, env, wrapper')
  })
})

it('local is always there, and first', () => {
  expect(queueNames({})).toEqual(['local'])
  expect(queueNames({ gpu, local: { kind: 'local' } })).toEqual(['local', 'gpu'])
})
