// What is shown in place of rows or above them: the empty tree, a job service that is not running, a pause, a workspace
// that is not trusted.
import { t } from '@vscode/l10n'
import { html, nothing, type TemplateResult } from 'lit-html'
import type { PageSummary, ViewAction } from '../../core/pages/jobsPage'
import { pausedText } from '../../core/pages/queueText'
import type { QueueInfo } from '../../core/protocol/facts'
import { undeliveredText } from '../../core/protocol/format'

export interface NoticeActions {
  view(action: ViewAction): void
  connect(): void
  manageTrust(): void
}

export function emptyTemplate(trusted: boolean, actions: NoticeActions): TemplateResult {
  return startTemplate(t('No jobs yet.'), trusted, actions)
}

export function nothingFoundTemplate(clear: () => void): TemplateResult {
  return html`<section class="notice quiet">
    <p>${t('No job is found by this filter.')} <button class="link" @click=${clear}>${t('Show all jobs')}</button></p>
  </section>`
}

/** No job service is running, so no job is; its history is shown once it runs. */
export function noServiceTemplate(trusted: boolean, actions: NoticeActions): TemplateResult {
  const start = startTemplate(t('No job is running.'), trusted, actions)
  if (!trusted) return start
  return html`${start}
    <section class="notice quiet">
      <p>${t('Earlier jobs are shown while the job service runs.')} <button class="link" @click=${actions.connect}>${t('Start it now')}</button></p>
    </section>`
}

function startTemplate(fact: string, trusted: boolean, actions: NoticeActions): TemplateResult {
  if (!trusted) {
    return html`<section class="notice">
      <p>${fact} ${t('This workspace is not trusted, so none can be started from it: a job runs a program on this machine.')}</p>
      <button class="wide" @click=${actions.manageTrust}>${t('Manage Workspace Trust')}</button>
    </section>`
  }
  return html`<section class="notice">
    <p>${fact} ${t('A job is a command that runs in the background, reads stdin and writes stdout.')}</p>
    <button class="wide" @click=${() => actions.view('submit')}>${t('Submit Job…')}</button>
    <p>${t('Run one command on each of many files, as many at once as there are cores.')}</p>
    <button class="wide secondary" @click=${() => actions.view('runOnFiles')}>${t('Run Command on Files…')}</button>
    <p>${t('See it work: 50 small jobs, then 5 filters.')}</p>
    <button class="wide secondary" @click=${() => actions.view('runDemo')}>${t('Run Demo')}</button>
  </section>`
}

export function failedTemplate(message: string | undefined, actions: NoticeActions): TemplateResult {
  return html`<section class="notice" role="alert">
    <p><i class="codicon codicon-error"></i> ${message ?? t('The job service cannot be reached.')}</p>
    <button class="wide" @click=${actions.connect}>${t('Try Again')}</button>
    <button class="wide secondary" @click=${() => actions.view('showLog')}>${t('Show Log')}</button>
  </section>`
}

export const connectingTemplate = html`<section class="notice"><p>${t('Connecting to the job service…')}</p></section>`

/** VS Code's own progress bar without an end: a thin line along the top. */
export const busyLine = html`<div class="busy" role="progressbar" aria-label=${t('Connecting to the job service')}></div>`

/** The service has died or does not answer: the rows that are still shown are stale. */
export function lossTemplate(message: string, hasRows: boolean, actions: NoticeActions): TemplateResult {
  return html`<section class="banner" role="alert">
    <i class="codicon codicon-warning"></i>
    <span class="text">${hasRows ? `${message} ${t('What is shown is what it said last.')}` : message}</span>
    <button class="small secondary" @click=${() => actions.view('showLog')}>${t('Show Log')}</button>
  </section>`
}

export function pausedTemplate(
  because: string | undefined,
  queues: readonly QueueInfo[] | undefined,
  actions: NoticeActions,
): TemplateResult {
  return html`<section class="banner" role="note">
    <i class="codicon codicon-debug-pause"></i>
    <span class="text">${because ? t`Paused. ${because}` : pausedText(queues)}</span>
    <button class="small" @click=${() => actions.view('resumeQueue')}>${t('Resume')}</button>
  </section>`
}

/** A problem of the store is shown until it is solved, news of it until they are dismissed. */
export function storeTemplate(
  { storeProblem, storeNews }: PageSummary,
  dismissed: string | undefined,
  dismiss: (news: string) => void,
): TemplateResult {
  return html`
    ${storeProblem === undefined ? nothing : warning(storeProblem, nothing)}
    ${
      storeNews === undefined || storeNews === dismissed
        ? nothing
        : warning(
            storeNews,
            html`<button class="small secondary" @click=${() => dismiss(storeNews)}>${t('Dismiss')}</button>`,
          )
    }
  `
}

function warning(text: string, button: TemplateResult | typeof nothing): TemplateResult {
  return html`<section class="banner" role="alert">
    <i class="codicon codicon-warning"></i>
    <span class="text">${text}</span>
    ${button}
  </section>`
}

/** Results that no handler has taken, and that are not tried again by themselves. */
export function undeliveredTemplate(count: number, actions: NoticeActions): TemplateResult {
  return html`<section class="banner" role="note">
    <i class="codicon codicon-warning"></i>
    <span class="text">${undeliveredText(count)}</span>
    <button class="small secondary" @click=${() => actions.view('deliverAgain')}>${t('Deliver Again')}</button>
  </section>`
}

export function untrustedTemplate(actions: NoticeActions): TemplateResult {
  return html`<section class="banner" role="note">
    <i class="codicon codicon-shield"></i>
    <span class="text">${t('This workspace is not trusted: jobs are shown, none can be started.')}</span>
    <button class="small secondary" @click=${actions.manageTrust}>${t('Manage')}</button>
  </section>`
}
