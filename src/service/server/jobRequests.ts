// Requests about jobs on their way: submitting them, and what their windows answer.
import { type EndedJob, isFinal } from '../../core/jobs/job'
import { MAX_LIST_BYTES, MAX_LIST_ITEMS } from '../../core/protocol/limits'
import type { ServiceApi, SyncReply } from '../../core/protocol/protocol'
import { messageBytes } from '../../core/protocol/wire'
import type { JobService } from '../jobService'
import type { Session } from '../sessions/session'
import type { JobRecord } from '../store/records'

type JobRequests = Pick<ServiceApi, 'useEnvironment' | 'submit' | 'sync' | 'provideInput' | 'finished'>

export function jobRequests(service: JobService, session: Session): JobRequests {
  const { activeJobs, arrays, batchControl, environments, lookup, mayStart, queue, stdin, submitter } = service
  return {
    useEnvironment: async environment => {
      environments.use(environment, session.workspace, session.id)
      queue.secretsReceived()
    },
    submit: async list => {
      try {
        batchControl.submitted(submitter.submit(list, session.id)) // before any of them starts
      } catch (error) {
        void arrays.jobsRefused(list.jobs, id => lookup.find(id) !== undefined)
        throw error
      }
      queue.secretsReceived()
    },
    sync: async ({ ids }) => ({ jobs: sync(service, ids, session) }),
    provideInput: async ({ answers }) => {
      for (const answer of answers) await stdin.receive(session, answer)
      mayStart.emit()
    },
    finished: async ({ answers }) => {
      for (const { id, error } of answers) {
        const job = lookup.find(id)
        if (job) activeJobs.answered(job, error)
      }
    },
  }
}

export function batchRequests({ batchControl }: JobService): Pick<ServiceApi, 'sealBatch' | 'setBatchConcurrency'> {
  return {
    sealBatch: async ({ id, sealed }) => batchControl.seal(id, sealed),
    setBatchConcurrency: async ({ id, concurrency }) => batchControl.setConcurrency(id, concurrency),
  }
}

type Answer = SyncReply['jobs'][number]

/** What became of these jobs; a long answer is cut, and the client asks for the rest. */
function sync(service: JobService, ids: readonly string[], session: Session): Answer[] {
  const { listeners, lookup, stdin } = service
  let bytes = 0
  const answers: Answer[] = []
  for (const id of ids.slice(0, MAX_LIST_ITEMS)) {
    const job = lookup.find(id)
    if (job) listeners.follow(job, session)
    const answer = job && answerFor(service, job)
    bytes += answer ? messageBytes(answer) : 0
    if (bytes > MAX_LIST_BYTES && answers.length > 0) break
    answers.push(answer)
    if (job) stdin.repeatRequest(job, session)
  }
  return answers
}

function answerFor({ infos }: JobService, job: JobRecord): EndedJob | Answer {
  return isFinal(job.state) || job.state === 'finishing' ? infos.ended(job) : { info: infos.info(job) }
}
