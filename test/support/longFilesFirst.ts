// The order of test files: shuffled by the seed, but those that take longest begin first, so that none of them is left to the
// end, when nothing else keeps the other workers busy.
import { createHash } from 'node:crypto'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Most of them wait for limits of half a minute and more. */
const LONG =
  /\/(chaos|lateAnswers|workersBroken|noRunner|demo|damaged|messageLimits|viewWatches|viewJobs|meanwhile|results)\.test\.ts$/

export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { seed } = this.ctx.config.sequence
    const place = ({ moduleId }: TestSpecification) =>
      `${LONG.test(moduleId) ? 0 : 1} ${createHash('sha256').update(`${seed} ${moduleId}`).digest('hex')}`
    return [...files].sort((a, b) => (place(a) < place(b) ? -1 : 1))
  }
}
