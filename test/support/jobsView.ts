// The extension's side of the view of jobs, as it is, without VS Code: whoever opens it stands for the page and for the window.
import type * as vscode from 'vscode'
import type { ServiceClient } from '../../src/client/connection/serviceClient'
import type { PageReady } from '../../src/core/pages/anyPage'
import type { FromJobsPage, ToJobsPage } from '../../src/core/pages/jobsPage'
import { jobsView } from '../../src/extension/views/jobsView'
import { openPage } from '../../src/extension/views/pageMessages'
import { PageRequests } from '../../src/extension/views/pageRequests'

export interface OpenView {
  /** The page sends this. */
  receive(message: PageReady | FromJobsPage): void
  /** The view is hidden, or shown again. */
  show(isVisible: boolean): void
  /** VS Code disposes it. */
  dispose(): void
}

/** @param send takes what the extension sends to the page, all of a turn at once */
export function openJobsView(client: ServiceClient, send: (messages: readonly ToJobsPage[]) => void): OpenView {
  const kept = new Map<string, unknown>()
  const view = jobsView(client, {
    isTrusted: () => true,
    onDidChangeTrust: () => ({ dispose: () => undefined }),
    readColumns: () => [],
    readQueues: () => [],
    onDidChangeShown: () => ({ dispose: () => undefined }),
    run: () => undefined,
    unseen: { setShown: () => undefined },
    kept: {
      keys: () => [...kept.keys()],
      get: (key: string) => kept.get(key),
      update: async (key: string, value: unknown) => void kept.set(key, value),
    } as vscode.Memento,
    requests: new PageRequests(() => undefined),
  })
  const received = new Listeners<unknown>()
  const visibility = new Listeners<void>()
  const disposed = new Listeners<void>()
  const frame = {
    visible: true,
    badge: undefined,
    description: '',
    onDidChangeVisibility: visibility.event,
    onDidDispose: disposed.event,
    webview: {
      onDidReceiveMessage: received.event,
      postMessage: async (messages: readonly ToJobsPage[]) => {
        send(messages)
        return true
      },
    },
  }
  openPage(frame, view)
  return {
    receive: message => received.fire(message),
    show: isVisible => {
      frame.visible = isVisible
      visibility.fire()
    },
    dispose: () => disposed.fire(),
  }
}

class Listeners<T> {
  readonly #all = new Set<(value: T) => unknown>()

  readonly event = (listener: (value: T) => unknown): vscode.Disposable => {
    this.#all.add(listener)
    return { dispose: () => void this.#all.delete(listener) }
  }

  fire(value: T): void {
    for (const listener of this.#all) listener(value)
  }
}
