// The icon of each state, by its name in VS Code's codicons: those of ended states differ in shape, not in colour alone.
import type { JobState } from '../../api'

export const stateIcons: Readonly<Record<JobState, string>> = {
  queued: 'history',
  starting: 'loading',
  running: 'loading',
  finishing: 'loading',
  stopping: 'stop-circle',
  succeeded: 'pass',
  failed: 'error',
  cancelled: 'circle-slash',
  dependencyFailed: 'debug-disconnect',
  lost: 'question',
}
