// The extension activates and exports its API, as another extension sees it. Runs in the extension host.
import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import * as vscode from 'vscode'
import { activateConsumer, CONSUMER_ID } from './consumer'

describe('activation', () => {
  it('gives another extension the API of version 1', async () => {
    const { headlessJobs, api } = await activateConsumer()
    assert.equal(vscode.extensions.getExtension('headless-jobs.headless-jobs')?.isActive, true)
    assert.equal(typeof headlessJobs.getApi, 'function')
    assert.equal(typeof api.submit, 'function')
  })

  it('refuses a version that it does not know and names it', async () => {
    const { headlessJobs } = await activateConsumer()
    const getApi = headlessJobs.getApi as (version: number, options: { extensionId: string }) => unknown
    assert.throws(() => getApi.call(headlessJobs, 2, { extensionId: CONSUMER_ID }), /2/)
  })
})
