import { describe, expect, test } from 'vitest'
import { cgroupQuota, decideCores } from '../../../src/run/base/machine'

describe('the smallest limit counts and is named', () => {
  test.each([
    [{ available: 8, isLoginNode: false }, 8, 'may use 8 cores'],
    [{ available: 1, isLoginNode: false }, 1, 'may use 1 core of'],
    [{ available: 8, quota: 2.5, isLoginNode: false }, 3, 'limited to 2.5 cores'],
    [{ available: 8, quota: 0.3, isLoginNode: false }, 1, 'limited to 0.3 cores'],
    [{ available: 2, quota: 16, isLoginNode: false }, 2, 'may use 2 cores'],
    [{ available: 8, cpusPerTask: 4, isLoginNode: false }, 4, 'SLURM_CPUS_PER_TASK'],
    [{ available: 64, isLoginNode: true }, 2, 'login node'],
    [{ available: 1, isLoginNode: true }, 1, 'may use 1 core'],
  ])('%j', (facts, cores, why) => {
    expect(decideCores(facts)).toEqual({ cores, why: expect.stringContaining(why) })
  })
})

describe('the quota of control groups', () => {
  const reader =
    (files: Record<string, string>) =>
    (file: string): string | undefined =>
      files[file]

  test.each([
    ['none', {}, undefined],
    ['version 2, no limit', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, undefined],
    [
      'version 2, the tightest of the ancestors',
      {
        '/proc/self/cgroup': '0::/user.slice/app.scope\n',
        '/sys/fs/cgroup/user.slice/app.scope/cpu.max': '400000 100000\n',
        '/sys/fs/cgroup/user.slice/cpu.max': '150000 100000\n',
      },
      1.5,
    ],
    [
      'version 1',
      {
        '/proc/self/cgroup': '5:memory:/a\n4:cpu,cpuacct:/docker/x\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      2,
    ],
    [
      'version 1, no limit',
      {
        '/proc/self/cgroup': '4:cpu:/\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      undefined,
    ],
    [
      'a group outside of the container',
      { '/proc/self/cgroup': '0::/../../other\n', '/sys/fs/cgroup/cpu.max': '300000 100000\n' },
      3,
    ],
  ])('%s', (_, files, quota) => {
    expect(cgroupQuota(reader(files))).toBe(quota)
  })
})
