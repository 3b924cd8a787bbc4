// Entry of every page: starts the one that the HTML names.
import './l10n'
import type { VsCodeApi } from './frame/frame'
import { JobsPage } from './pages/jobsPage'
import { TimelinePage } from './pages/timelinePage'

declare function acquireVsCodeApi(): VsCodeApi

interface Page {
  start(): void
}

/** By the names that the views of the extension give them. */
const pages: Readonly<Record<string, new (root: HTMLElement, api: VsCodeApi) => Page>> = {
  jobs: JobsPage,
  timeline: TimelinePage,
}

const name = document.body.dataset.page ?? ''
const Shown = pages[name]
if (!Shown) throw new Error(`There is no page “${name}”.`)
new Shown(document.body, acquireVsCodeApi()).start()
