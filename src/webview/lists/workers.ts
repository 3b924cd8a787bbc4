// The warm workers, below the tree.
import { t } from '@vscode/l10n'
import type { WorkerInfo } from '../../core/protocol/facts'
import { workersMemory, workersText } from '../../core/protocol/format'
import { describeWorker, workerIcon, workerLabel, workerMemory, workerTooltip } from '../text/workerText'
import { isDelete, type RowsOf } from './foldedList'

/** @param stop the given workers, or all */
export function workerRows(stop: (ids?: string[]) => void): RowsOf<WorkerInfo> {
  const stopOne = ({ id, state }: WorkerInfo) => {
    if (state !== 'stopping') stop([id])
  }
  return {
    name: 'worker',
    label: t('Warm workers'),
    meaning: t('Processes that are kept for more work, so that it need not wait for a new one to start.'),
    idOf: ({ id }) => id,
    headOf: workers => ({
      words: workersText(workers),
      button: { icon: 'debug-stop', label: t('Stop All Warm Workers'), act: () => stop() },
      end: workersMemory(workers),
    }),
    look: worker => ({
      state: worker.state,
      label: workerLabel(worker),
      tooltip: workerTooltip(worker),
      icon: workerIcon(worker.state),
      name: worker.name,
      description: describeWorker(worker),
      button:
        worker.state === 'stopping'
          ? undefined
          : { icon: 'debug-stop', label: stopLabel(worker.state), act: () => stopOne(worker) },
      end: workerMemory(worker),
    }),
    onKey: (event, worker) => {
      const isMeant = isDelete(event)
      if (isMeant && worker) stopOne(worker)
      return isMeant
    },
  }
}

/** A busy worker finishes its job or request first. */
function stopLabel(state: WorkerInfo['state']): string {
  return state === 'busy' ? t('Stop Worker When It Is Done') : t('Stop Worker')
}
