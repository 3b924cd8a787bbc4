// The queues that the README shows are taken as they are, and there is one of each kind.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readQueues } from '../../../src/core/jobs/queueConfig'
import { root } from '../../support/tools'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const [, section = ''] = /^## Queues$(.*?)^## /ms.exec(readme) ?? []
const samples = [...section.matchAll(/^```json$(.*?)^```$/gms)].map(([, text = '']) => JSON.parse(`{${text}}`))

it('are without a mistake, and show each kind', () => {
  const kinds = new Set<string>()
  for (const sample of samples) {
    const { queues, problems } = readQueues(sample['headlessJobs.queues'])
    expect(problems).toEqual([])
    for (const { kind } of Object.values(queues)) kinds.add(kind)
  }
  expect([...kinds].sort()).toEqual(['command', 'container', 'local', 'slurm', 'ssh'])
})
