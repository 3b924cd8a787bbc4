// What the log and the windows show of the store: that nothing can be written for now, that something was damaged.
import type { Summary } from '../../core/protocol/facts'
import type { Store } from './store'
import { markDamaged } from './storeFile'
import { StoreFiles } from './storeFiles'

export class StoreState {
  readonly #store: Store
  readonly #changed: () => void
  readonly #files: StoreFiles
  #news: string[]
  /** Resolves with the reason when the store cannot be used any more, so that the service must end. */
  readonly lost: Promise<string>

  /** @param changed called when writing has become possible or impossible, or there are news */
  constructor(store: Store, changed: () => void) {
    this.#store = store
    this.#changed = changed
    this.#news = []
    this.#files = new StoreFiles(store.db, store.writes, news => this.report(news))
    if (store.news !== undefined) this.report(store.news)
    store.writes.onProblem = problem => {
      console.log(problem ?? 'There is room again: the store is written, and jobs are started.')
      changed()
    }
    this.lost = new Promise(resolve => {
      store.db.onDamage = why => {
        try {
          markDamaged(store.db.file, why)
        } catch {
          // the next start finds the damage, too, unless the file is large
        }
        resolve(`the store of jobs ${store.db.file} is damaged (${why}) and is moved aside at the next start`)
      }
    })
  }

  /** Nothing may start now, since that could not be written. */
  get mayNotStart(): boolean {
    return this.#store.writes.problem !== undefined || this.#store.db.damage !== undefined
  }

  /** Called from time to time: restores its files. */
  keep(): void {
    this.#files.keep()
  }

  /** Something has happened that a user should know of. */
  report(sentence: string): void {
    console.log(sentence)
    this.#news.push(sentence)
    this.#changed()
  }

  get summary(): Pick<Summary, 'storeProblem' | 'storeNews'> {
    const { problem } = this.#store.writes
    return {
      ...(problem !== undefined && { storeProblem: problem }),
      ...(this.#news.length > 0 && { storeNews: this.#news.join(' ') }),
    }
  }
}
