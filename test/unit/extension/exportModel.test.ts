// Results as a table.
import { describe, expect, it } from 'vitest'
import type { JobInfo } from '../../../src/api'
import { exportHead, exportName, exportRow, lastLineOf } from '../../../src/extension/text/exportModel'

const job = {
  name: 'sub-01',
  state: 'succeeded',
  exitCode: 0,
  startedAt: 1000,
  endedAt: 3500,
  peakMemoryBytes: 2048,
} as JobInfo

describe('a table of results', () => {
  it('has a head in CSV and none in JSON lines', () => {
    expect(exportHead('csv')).toBe('name,state,exit,seconds,peakMemoryBytes,stdout,file,error\r\n')
    expect(exportHead('jsonl')).toBe('')
  })

  it('has a row for each job, with what is known', () => {
    expect(exportRow('csv', job, { text: '1.5', file: '/out/a.txt' })).toBe(
      'sub-01,succeeded,0,2.5,2048,1.5,/out/a.txt,\r\n',
    )
    const waiting = { name: 'b', state: 'queued' } as JobInfo
    expect(exportRow('csv', waiting, {})).toBe('b,queued,,,,,,\r\n')
    expect(JSON.parse(exportRow('jsonl', waiting, {}))).toEqual({
      name: 'b',
      state: 'queued',
      exit: null,
      seconds: null,
      peakMemoryBytes: null,
      stdout: null,
      file: null,
      error: null,
    })
  })

  it('says why a job failed', () => {
    const failed = { ...job, state: 'failed', exitCode: null, signal: 'SIGKILL' } as const
    const error = { kind: 'signal', message: 'Ended by signal SIGKILL.' } as const
    expect(exportRow('csv', { ...failed, error, lastErrorLine: 'Killed' }, {})).toBe(
      'sub-01,failed,SIGKILL,2.5,2048,,,Ended by signal SIGKILL. Killed\r\n',
    )
  })

  it.each([
    ['a,b', '"a,b"'],
    ['a "b"', '"a ""b"""'],
    ['a\nb', '"a\nb"'],
    ['a\r', '"a\r"'],
    ['a b', 'a b'],
    ['', ''],
  ])('quotes %j as RFC 4180 does', (text, field) => {
    expect(exportRow('csv', { ...job, name: 'n' }, { text })).toBe(`n,succeeded,0,2.5,2048,${field},,\r\n`)
  })

  it('has the last line that is not empty', () => {
    expect(['', 'a', 'a\nb\n', 'a\n\n  \n', 'a\r\nb\r\n'].map(lastLineOf)).toEqual(['', 'a', 'b', 'a', 'b'])
  })

  it('is called as the batch', () => {
    expect(exportName(['mean.sh'], 'csv')).toBe('mean.sh.csv')
    expect(exportName([], 'jsonl')).toBe('results.jsonl')
    expect(exportName(['a', 'b'], 'csv')).toBe('results.csv')
  })
})
