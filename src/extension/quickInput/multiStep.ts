// Questions one after the other in the quick input, with a way back.
import { back, dismissed, StepUi } from './stepUi'
import { TypedAhead } from './typedAhead'

/** One question. It reads and writes the answers; `when` says whether it is due, given those before. */
export interface Step<Answers> {
  when?(answers: Answers): boolean
  run(ui: StepUi, answers: Answers): Promise<void>
}

/** Resolves when all questions are answered; with `undefined` when the user has dismissed one. */
export async function runSteps<Answers>(
  title: string,
  steps: readonly Step<Answers>[],
  answers: Answers,
): Promise<Answers | undefined> {
  const ahead = new TypedAhead()
  try {
    return await runAll(title, steps, answers, ahead)
  } finally {
    ahead.end()
  }
}

async function runAll<Answers>(
  title: string,
  steps: readonly Step<Answers>[],
  answers: Answers,
  ahead: TypedAhead,
): Promise<Answers | undefined> {
  const done: Step<Answers>[] = []
  const isDue = (step: Step<Answers>) => step.when?.(answers) ?? true
  let index = 0
  while (index < steps.length) {
    const step = steps[index] as Step<Answers>
    if (isDue(step)) {
      try {
        const total = done.length + steps.slice(index).filter(isDue).length
        await step.run(new StepUi(title, done.length + 1, total, ahead), answers)
        done.push(step)
      } catch (outcome) {
        if (outcome === dismissed) return undefined
        if (outcome !== back) throw outcome
        ahead.forget()
        index = steps.indexOf(done.pop() as Step<Answers>) - 1
      }
    }
    index++
  }
  return answers
}
