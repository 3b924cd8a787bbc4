import { describe, expect, it } from 'vitest'
import { toTrim } from '../../../src/service/history/trim'

const DAY = 24 * 60 * 60 * 1000
const MB = 1024 * 1024
const now = 1000 * DAY
const entry = (id: string, daysAgo: number, megabytes = 0, isOver = true) => ({
  filter: { ids: [id] },
  bytes: megabytes * MB,
  endedAt: now - daysAgo * DAY,
  isOver,
})
const names = (entries: ReturnType<typeof entry>[], historyDays: number, historyMegabytes: number) =>
  toTrim(entries, { historyDays, historyMegabytes }, now).map(({ filter }) => ('ids' in filter ? filter.ids[0] : ''))

describe('the history', () => {
  it('loses what is too old', () => {
    expect(names([entry('new', 1), entry('old', 31), entry('edge', 30)], 30, 100)).toEqual(['old'])
  })

  it('loses the oldest first when it is too large, and no more than needed', () => {
    expect(names([entry('b', 2, 40), entry('a', 3, 40), entry('c', 1, 40)], 30, 100)).toEqual(['a'])
    expect(names([entry('b', 2, 40), entry('a', 3, 40), entry('c', 1, 40)], 30, 10)).toEqual(['a', 'b', 'c'])
  })

  it('keeps what is not over', () => {
    expect(names([entry('open', 400, 500, false), entry('done', 1, 1)], 30, 600)).toEqual([])
  })
})
