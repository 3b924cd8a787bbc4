// The pure parts of what differs between the platforms.
import { describe, expect, test } from 'vitest'
import { withPathExt } from '../../../src/core/base/programSearch'
import { quoteWindowsArgument } from '../../../src/core/base/quoting'
import { linux } from '../../../src/run/os/linux'
import { jobIdIn, parseStat } from '../../../src/run/os/linuxProcesses'
import { mac, parsePs, usageIn } from '../../../src/run/os/mac'
import type { ProcessInfo } from '../../../src/run/os/platformTypes'
import { firstSignalOn } from '../../../src/run/os/signalTree'
import { membersAmong } from '../../../src/run/os/treeMembers'
import { taskkillArguments, windows } from '../../../src/run/os/windows'
import { batchArguments, cmdLineArguments, isBatchFile } from '../../../src/run/process/windowsCommand'

describe('Linux', () => {
  test('a line of /proc/<pid>/stat, with a name that looks like more fields', () => {
    const line =
      '42 (a) R (b) Z 7 42 42 0 -1 4194304 100 0 0 0 150 50 25 25 20 0 1 0 987654 1000 2560 18446744073709551615 0 0'
    expect(parseStat(line)).toEqual({
      pid: 42,
      startTime: '987654',
      group: 42,
      session: 42,
      dead: true,
      cpuTicks: 250,
      residentPages: 2560,
    })
    expect(parseStat('')).toBeUndefined()
  })

  test('a process of which only the main thread has ended is not dead', () => {
    const line = '42 (a) Z 7 42 42 0 -1 4194304 100 0 0 0 150 50 25 25 20 0 3 0 987654 0 0 18446744073709551615 0 0'
    expect(parseStat(line)?.dead).toBe(false)
  })

  test('the job in an environment is that of the whole name', () => {
    expect(jobIdIn(Buffer.from('PATH=/bin\0HEADLESS_JOB_ID=a-1\0HOME=/\0'))).toBe('a-1')
    expect(jobIdIn(Buffer.from('HEADLESS_JOB_ID=first\0'))).toBe('first')
    expect(jobIdIn(Buffer.from('HEADLESS_JOB_ID=cut'))).toBe('cut')
    expect(jobIdIn(Buffer.from('OUTER_HEADLESS_JOB_ID=x\0HEADLESS_JOB_ID=y\0'))).toBe('y')
    expect(jobIdIn(Buffer.from('OUTER_HEADLESS_JOB_ID=x\0'))).toBeUndefined()
    expect(jobIdIn(Buffer.from(''))).toBeUndefined()
  })
})

describe('macOS', () => {
  const text = `    1     0     1 Ss    9216   0:12.34 Mon Jan  5 10:00:00 2026
  500     1   500 Ss   10240   1:02:03.50 Mon Jan  5 11:00:00 2026
  501   500   500 S+   20480   2-00:00:01 Mon Jan  5 11:00:01 2026
  502   501   502 Z        0   0:00.00 Mon Jan  5 11:00:02 2026
`

  test('the list of ps', () => {
    expect(parsePs(text)).toHaveLength(4)
    expect(parsePs(text)[1]).toEqual({
      pid: 500,
      parent: 1,
      group: 500,
      dead: false,
      startTime: 'Mon Jan  5 11:00:00 2026',
      memoryBytes: 10_485_760,
      cpuSeconds: 3723.5,
    })
    expect(parsePs(text)[2]?.cpuSeconds).toBe(172_801)
    expect(parsePs(text)[3]?.dead).toBe(true)
    expect(parsePs('')).toEqual([])
  })

  test('the use of a tree', () => {
    expect(usageIn(parsePs(text), 500)).toMatchObject({ memoryBytes: 31_457_280, cpuSeconds: 176_524.5 })
    expect(usageIn(parsePs(text), 999)).toBeUndefined()
  })
})

describe('who belongs to a tree', () => {
  const process = (pid: number, group: number, more: Partial<ProcessInfo> = {}): ProcessInfo => ({
    pid,
    group,
    session: group,
    startTime: String(pid),
    dead: false,
    ...more,
  })
  const root = { id: 'a', pid: 10, startTime: '10', rootGone: true, isSurelyGone: () => false }
  const pids = (processes: ProcessInfo[], ours: boolean): number[] =>
    membersAmong(processes, { ...root, ours }).map(({ pid }) => pid)

  test('the group, the session and who is named after the job; not who is dead', () => {
    const all = [process(10, 10), process(11, 10), process(12, 12, { session: 10 }), process(13, 13, { jobId: 'a' })]
    const others = [process(14, 14, { jobId: 'b' }), process(15, 15), process(16, 10, { dead: true })]
    expect(pids([...all, ...others], true)).toEqual([10, 11, 12, 13])
  })

  test('of an earlier service the group only when something in it is proved to be the job', () => {
    expect(pids([process(11, 10), process(13, 13, { jobId: 'a' })], false)).toEqual([13])
    expect(pids([process(11, 10), process(13, 10, { jobId: 'a' })], false)).toEqual([11, 13])
    expect(pids([process(10, 10), process(11, 10)], false)).toEqual([10, 11])
  })

  test('never the group of another process that has the pid by now', () => {
    const reused = [process(10, 10, { startTime: '999' }), process(11, 10), process(13, 13, { jobId: 'a' })]
    expect(pids(reused, false)).toEqual([13])
    expect(pids(reused, true)).toEqual([13])
  })

  test('never this process itself', () => {
    expect(pids([process(globalThis.process.pid, 13, { jobId: 'a' })], true)).toEqual([])
  })
})

describe('Windows', () => {
  test('a program without an ending gets those of PATHEXT', () => {
    expect(withPathExt('python', '.EXE;.BAT')).toEqual(['python.exe', 'python.bat', 'python'])
    expect(withPathExt('python.exe', '.EXE;.BAT')).toEqual(['python.exe'])
    expect(withPathExt('tool.v2', undefined)).toContain('tool.v2.cmd')
    expect(['a.cmd', 'A.BAT', 'a.exe', 'bat'].map(isBatchFile)).toEqual([true, true, false, false])
  })

  test.each([
    ['plain', '"plain"'],
    ['two words', '"two words"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['C:\\dir\\', '"C:\\dir\\\\"'],
    ['\\"', '"\\\\\\""'],
    ['', '""'],
  ])('%j in quotes', (word, quoted) => {
    expect(quoteWindowsArgument(word)).toBe(quoted)
  })

  test('a batch file gets its words through two passes of cmd.exe', () => {
    expect(batchArguments('C:\\my tools\\run.cmd', ['a&b', '%PATH%'])).toEqual([
      '/d',
      '/s',
      '/c',
      '"C:\\my^ tools\\run.cmd ^^^"a^^^&b^^^" ^^^"^^^%PATH^^^%^^^""',
    ])
  })

  test('a line for cmd.exe stays as it is', () => {
    expect(cmdLineArguments('dir "a b" | sort')).toEqual(['/d', '/s', '/c', '"dir "a b" | sort"'])
  })

  test('a tree is ended by force at once, elsewhere it is asked first', () => {
    expect(taskkillArguments(42)).toEqual(['/pid', '42', '/T', '/F'])
    expect([windows, linux, mac].map(firstSignalOn)).toEqual(['SIGKILL', 'SIGTERM', 'SIGTERM'])
  })

  test('of a tree only the main process is seen, as long as it has not ended', async () => {
    const root = { id: 'a', pid: 10, startTime: undefined, ours: true, isSurelyGone: () => false }
    expect(await windows.findMembers({ ...root, rootGone: false })).toMatchObject([{ pid: 10, group: 10, dead: false }])
    expect(await windows.findMembers({ ...root, rootGone: true })).toEqual([])
  })
})
