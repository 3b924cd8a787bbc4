// The API as the consumer extension has got it. Runs in the extension host.
import * as vscode from 'vscode'
import type { HeadlessJobsApi, HeadlessJobsExtension } from '../../src/api'

/** What test/vscode/consumer exports. */
export interface Consumer {
  readonly headlessJobs: HeadlessJobsExtension
  /** Its own `getApi(1, …)`. */
  readonly api: HeadlessJobsApi
}

export const CONSUMER_ID = 'headless-jobs-test.consumer'

/** Activates the consumer extension, and with it Headless Jobs. */
export async function activateConsumer(): Promise<Consumer> {
  const extension = vscode.extensions.getExtension<Consumer>(CONSUMER_ID)
  if (!extension) throw new Error(`The extension ${CONSUMER_ID} has not been loaded.`)
  return extension.activate()
}
