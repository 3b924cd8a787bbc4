import { describe, expect, it } from 'vitest'
import { toTrim } from '../../../src/service/history/trim'

const DAY = 24 * 60 * 60 * 1000
const MB = 1024 * 1024
const now = 1000 * DAY
const entry = (id: string, daysAgo: number, megabytes = 0, isOver = true) => ({
  filter: { ids: [id] },
  jobs: 1,
  bytes: megabytes * MB,
  endedAt: now - daysAgo * DAY,
  isOver,
})
const names = (entries: ReturnType<typeof entry>[], historyDays: number, historyMegabytes: number, historyJobs = 100) =>
  toTrim(entries, { historyDays, historyJobs, historyMegabytes }, now).map(({ filter }) =>
    'ids' in filter ? filter.ids[0] : '',
  )

describe('the history', () => {
  it('loses what is too old', () => {
    expect(names([entry('new', 1), entry('old', 31), entry('edge', 30)], 30, 100)).toEqual(['old'])
  })

  it('loses the oldest first when it is too large, and no more than needed', () => {
    expect(names([entry('b', 2, 40), entry('a', 3, 40), entry('c', 1, 40)], 30, 100)).toEqual(['a'])
    expect(names([entry('b', 2, 40), entry('a', 3, 40), entry('c', 1, 40)], 30, 10)).toEqual(['a', 'b', 'c'])
  })

  it('loses the oldest first when there are too many jobs', () => {
    expect(names([entry('b', 2), entry('a', 3), entry('c', 1)], 30, 100, 2)).toEqual(['a'])
    expect(names([entry('b', 2), entry('open', 3, 0, false), entry('c', 1)], 30, 100, 1)).toEqual(['b', 'c'])
  })

  it('keeps what is not over', () => {
    expect(names([entry('open', 400, 500, false), entry('done', 1, 1)], 30, 600)).toEqual([])
  })
})
