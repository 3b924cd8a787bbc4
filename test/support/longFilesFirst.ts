// The order of test files: shuffled by the seed, but those that take longest begin first, so that none of them is left to the
// end, when nothing else keeps the other workers busy.
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Those that take more than a minute of a machine with two cores; many of them wait for limits of half a minute and more. */
const LONG = [
  ...[
    'slurmJobs',
    'elsewhere',
    'connections',
    'chaos',
    'demo',
    'slurmAllocations',
    'slurmChaos',
    'lateAnswers',
    'slurmAnswers',
  ],
  ...['workersBroken', 'damaged', 'workersPool', 'messageLimits', 'noRunner'],
  ...['results', 'timeline', 'viewWatches', 'outputDocuments', 'viewJobs', 'paletteSubmit', 'viewDetails', 'viewFind'],
]

export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { seed } = this.ctx.config.sequence
    const place = ({ moduleId }: TestSpecification) => {
      const isLong = LONG.includes(basename(moduleId, '.test.ts'))
      return `${isLong ? 0 : 1} ${createHash('sha256').update(`${seed} ${moduleId}`).digest('hex')}`
    }
    return [...files].sort((a, b) => (place(a) < place(b) ? -1 : 1))
  }
}
