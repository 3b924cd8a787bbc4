// The words that lead to each kind of queue.
import { describe, expect, it } from 'vitest'
import type { PlaceQueueConfig } from '../../../src/core/jobs/queueConfig'
import { launcherOf } from '../../../src/service/launch/launchers'

const self = { node: '/opt/node' }
const uid = process.getuid?.()
const users = {
  podman: '--userns keep-id ',
  docker: `--user ${uid}:${process.getgid?.()} `,
}
const userOf = (runtime: keyof typeof users) => (uid === undefined || uid === 0 ? '' : users[runtime])
const words = (config: PlaceQueueConfig) => launcherOf(config, self).words.join(' ')
const mounts = ['/data', '/home/me/out:/out', '/atlas:ro']

describe('a host by ssh', () => {
  it('is asked nothing, and its name is no option', () => {
    expect(words({ kind: 'ssh', host: 'me@lab3' })).toMatch(/^ssh -T (-o \S+ )*-o BatchMode=yes .*-- me@lab3$/)
    expect(words({ kind: 'ssh', host: 'lab3', config: '/etc/lab' })).toMatch(/^ssh -T -F \/etc\/lab /)
  })

  it('explains what ssh prints', () => {
    const { explain } = launcherOf({ kind: 'ssh', host: 'lab3' }, self)
    expect(explain?.('lab3: Permission denied (publickey).')).toMatch(/^lab3 refuses the keys/)
  })
})

describe('a container', () => {
  it('of podman or docker has a name by which it is ended, mounts, and the Node of the job service', () => {
    for (const runtime of ['podman', 'docker'] as const) {
      const { end, node, words: all } = launcherOf({ kind: 'container', runtime, image: 'fsl:6', mounts }, self)
      const name = all[all.indexOf('--name') + 1] as string
      expect(all.join(' ')).toBe(
        `${runtime} run --rm --interactive --init --stop-timeout 0 --name ${name} ${userOf(runtime)}--network none ` +
          '--volume /data:/data --volume /home/me/out:/out --volume /atlas:/atlas:ro ' +
          '--volume /opt/node:/headless-jobs-node:ro fsl:6',
      )
      expect([end, node]).toEqual([[runtime, 'rm', '--force', name], '/headless-jobs-node'])
      expect(name).toMatch(/^headless-jobs-[0-9a-f]{12}$/)
    }
  })

  it('has another name each time, a network when it is to, and a Node of its own when one is named', () => {
    const config = { kind: 'container', runtime: 'podman', image: 'a', network: true, node: '/n' } as const
    const [one, two] = [launcherOf(config, self), launcherOf(config, self)]
    expect(one.words).not.toEqual(two.words)
    expect(one.words).not.toContain('--network')
    expect(one.node).toBe('/n')
  })

  it('of the editor’s own runtime mounts no Node', () => {
    const launcher = launcherOf({ kind: 'container', runtime: 'podman', image: 'a' }, { node: undefined })
    expect(launcher.words).not.toContain('--volume')
  })

  it('of bwrap shows this machine read-only, and lets only mounts be written', () => {
    expect(words({ kind: 'container', runtime: 'bwrap', mounts })).toBe(
      'bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all --bind /data /data ' +
        '--bind /home/me/out /out --ro-bind /atlas /atlas --die-with-parent --new-session --',
    )
    expect(words({ kind: 'container', runtime: 'bwrap', network: true })).toContain('--share-net')
  })

  it('of apptainer and charliecloud has the same by their words', () => {
    expect(words({ kind: 'container', runtime: 'apptainer', image: 'x.sif', mounts: ['/data:ro'] })).toBe(
      'apptainer --quiet exec --contain --ipc --pid --cleanenv --net --network none --bind /data:/data:ro ' +
        '--bind /opt/node:/headless-jobs-node:ro x.sif',
    )
    expect(words({ kind: 'container', runtime: 'charliecloud', image: '/images/x', mounts: ['/data'] })).toBe(
      'ch-run --unset-env=* -b /data:/data /images/x --',
    )
  })
})

describe('what a runtime prints', () => {
  it.each([
    [
      'podman',
      'x:1',
      'Error: x:1: image not known',
      /^There is no image x:1 for podman \(x:1: image not known\): get it/,
    ],
    [
      'podman',
      'none',
      'Error: short-name "none" did not resolve to an alias and no unqualified-search registries are defined',
      /^There is no image none for podman/,
    ],
    [
      'docker',
      'a',
      'docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n\nRun it.',
      /^docker has no engine that answers \(Cannot connect/,
    ],
    [
      'charliecloud',
      '/none',
      "ch-run[10489]: error: can't stat: /none: No such file or directory (ch_core.c:255 2)",
      /^There is no image \/none for charliecloud \(error: can't stat/,
    ],
    ['podman', 'a', 'Error: statfs /none: no such file or directory', /^A folder of "mounts" cannot be mounted/],
  ] as const)('is explained: %s, %s', (runtime, image, printed, sentence) => {
    const { explain } = launcherOf({ kind: 'container', runtime, image }, self)
    expect(explain?.(printed)).toMatch(sentence)
    expect(explain?.('something else')).toBeUndefined()
  })
})
