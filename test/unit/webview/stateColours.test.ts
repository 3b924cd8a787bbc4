// What no compiler holds against the states of a job.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { jobStates } from '../../../src/core/jobs/job'

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')

test.each(jobStates)('%s has a colour', state => {
  expect(read('src/webview/styles/states.css')).toContain(`[data-state="${state}"] .icon`)
})

test('menus name no states: they go by what follows from one', () => {
  expect(read('package.json')).not.toMatch(/jobState\s*(=~|==|!=|in)/)
})
