// The lists of entries: one for each workspace, and those of several as one.
import { describe, expect, it } from 'vitest'
import { Entries, type EntryList } from '../../../src/service/jobs/entries'
import { EntryPlaces } from '../../../src/service/jobs/entryPlaces'

const newestFirst = (list: EntryList) => Array.from({ length: list.length }, (_, rank) => list.at(rank))

describe('entries', () => {
  it('are in the list of their workspace, and newest first in that of all others', () => {
    const entries = new Entries()
    for (const [pos, workspace] of [...'abcabcab'].entries()) entries.of(workspace).add(pos)
    expect(newestFirst(entries.of('a'))).toEqual([6, 3, 0])
    expect(newestFirst(entries.except('a'))).toEqual([7, 5, 4, 2, 1])
    expect(newestFirst(entries.all)).toEqual([7, 6, 5, 4, 3, 2, 1, 0])
    expect(newestFirst(entries.except('unknown'))).toHaveLength(8)
  })

  it('come and go in the merged lists, too', () => {
    const entries = new Entries()
    for (const [pos, workspace] of [...'abc'].entries()) entries.of(workspace).add(pos)
    expect(newestFirst(entries.except('a'))).toEqual([2, 1])
    entries.of('b').add(3)
    expect(newestFirst(entries.except('a'))).toEqual([3, 2, 1])
    entries.removeAll(new Set([2, 0]))
    expect(newestFirst(entries.except('a'))).toEqual([3, 1])
    expect(newestFirst(entries.of('a'))).toEqual([])
    entries.of('d').add(4)
    expect(newestFirst(entries.except('a'))).toEqual([4, 3, 1])
    expect(entries.except('a').rankOf(1)).toBe(2)
    expect(entries.except('a').rankOf(2)).toBe(-1)
  })
})

describe('the entries of a store that is opened', () => {
  it('are all in the only workspace, and no environment is needed', () => {
    const places = new EntryPlaces(new Map([...'xy'].map(hash => [hash, 'here'])))
    expect(places.areSeveral).toBe(false)
    places.addBatch(1)
    places.addJob(1, 2, undefined)
    places.addJob(0, 4, undefined)
    places.addJob(0, 3, undefined)
    const entries = new Entries()
    places.fill(entries)
    expect(newestFirst(entries.of('here'))).toEqual([4, 3, 1])
    expect(entries.except('here').length).toBe(0)
  })

  it('are where their first jobs are, and a batch without any is nowhere', () => {
    const places = new EntryPlaces(new Map([...'xy'].map(hash => [hash, `of ${hash}`])))
    expect(places.areSeveral).toBe(true)
    for (const batch of [1, 2, 9]) places.addBatch(batch)
    places.addJob(1, 3, 'x')
    places.addJob(2, 4, 'y')
    places.addJob(1, 5, 'y')
    places.addJob(0, 6, 'y')
    places.addJob(0, 7, 'forgotten')
    const entries = new Entries()
    places.fill(entries)
    expect(newestFirst(entries.of('of x'))).toEqual([1])
    expect(newestFirst(entries.of('of y'))).toEqual([6, 2])
    expect(newestFirst(entries.of(''))).toEqual([9, 7])
  })
})
