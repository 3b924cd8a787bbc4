// A batch as one HTML file that needs nothing else: what it came to, its timeline as a picture, why jobs failed, each job.
import { t } from '@vscode/l10n'
import type { JobInfo } from '../../api'
import { failedStates } from '../../core/jobs/job'
import type { BatchInfo } from '../../core/protocol/facts'
import { countsByState, formatBytes, formatDuration, groupDigits, jobStateText } from '../../core/protocol/format'
import { escapeHtml } from '../text/escapeHtml'

/** Jobs that are listed one by one, failed ones first; a table of more is for a spreadsheet. */
const MAX_LISTED = 5000

const style = `
body { margin: 2em auto; max-width: 1000px; padding: 0 1em; font: 14px/1.5 system-ui, sans-serif; color: #222; background: #fff; }
h1 { font-size: 22px; margin: 0 0 .2em; } h2 { font-size: 16px; margin: 2em 0 .5em; }
p { margin: .2em 0; } .muted { color: #666; }
svg { width: 100%; height: auto; font: 10px system-ui, sans-serif; fill: #666; }
svg .mark { stroke: #ccc; fill: none; } svg .succeeded { fill: #388a34; } svg .failed { fill: #c72e0f; stroke: #400; stroke-dasharray: 2 1; }
svg .cancelled { fill: none; stroke: #888; } svg .lost { fill: #bf8803; stroke: #400; stroke-dasharray: 1 1; } svg .running { fill: #0a6ec0; }
table { border-collapse: collapse; width: 100%; } th, td { padding: 3px 8px; text-align: start; vertical-align: top; border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }
td.number, th.number { width: 1%; text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; } code { font: 12px ui-monospace, monospace; }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #1f1f1f; } .muted { color: #999; } th, td { border-color: #444; } svg { fill: #999; } svg .mark { stroke: #444; } svg .succeeded { fill: #4fae4a; } svg .failed { fill: #f14c4c; } }
`

/**
 * @param picture an `svg` element
 * @param language of the texts, as in BCP 47
 */
export function reportHtml(
  batch: BatchInfo,
  jobs: readonly JobInfo[],
  picture: string,
  now: Date,
  language: string,
): string {
  const title = escapeHtml(batch.name)
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1><bdi>${title}</bdi></h1>
${summary(batch, jobs, now, language)}
<h2>${escapeHtml(t('Timeline'))}</h2>
${picture}
${failures(jobs)}
${jobTable(jobs)}
</body>
</html>
`
}

function paragraph(text: string, look = ''): string {
  return `<p${look && ` class="${look}"`}>${escapeHtml(text)}</p>`
}

function summary(batch: BatchInfo, jobs: readonly JobInfo[], now: Date, language: string): string {
  const clock = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
  const { startedAt, endedAt, idleMs = 0 } = batch
  const took = startedAt === undefined ? undefined : formatDuration((endedAt ?? now.getTime()) - startedAt - idleMs)
  const begun = startedAt === undefined ? t('It has not started.') : t('Started {0}.', clock.format(startedAt))
  const cpu = jobs.reduce((sum, job) => sum + (job.cpuSeconds ?? 0), 0)
  const memory = jobs.reduce((most, job) => Math.max(most, job.peakMemoryBytes ?? 0), 0)
  return [
    paragraph(countsByState(batch.counts).join(', ')),
    paragraph([begun, took && t('Took {0}.', took)].filter(Boolean).join(' ')),
    cpu > 0
      ? paragraph(t('CPU {0}, at most {1} of memory in one job.', formatDuration(cpu * 1000), formatBytes(memory)))
      : '',
    paragraph(t('Written {0} by Headless Jobs.', clock.format(now)), 'muted'),
  ].join('\n')
}

function whyOf({ error, lastErrorLine }: JobInfo): string {
  return (error?.kind !== 'handler' && lastErrorLine) || error?.message || ''
}

/** By what they say, the most frequent first. */
function failures(jobs: readonly JobInfo[]): string {
  const groups = new Map<string, number>()
  for (const job of jobs)
    if (failedStates.includes(job.state)) groups.set(whyOf(job), (groups.get(whyOf(job)) ?? 0) + 1)
  if (groups.size === 0) return ''
  const rows = [...groups]
    .sort(([, a], [, b]) => b - a)
    .map(([why, n]) => `<tr><td class="number">${groupDigits(n)} ×</td><td><code>${escapeHtml(why)}</code></td></tr>`)
  return `<h2>${escapeHtml(t('Why jobs failed'))}</h2>\n<table>${rows.join('\n')}</table>`
}

function jobTable(jobs: readonly JobInfo[]): string {
  const isFailed = (job: JobInfo) => failedStates.includes(job.state)
  const listed = [...jobs.filter(isFailed), ...jobs.filter(job => !isFailed(job))].slice(0, MAX_LISTED)
  const heads = [t('Name'), t('State'), t('Exit'), t('Time'), t('Memory'), t('Why')]
  const head = heads.map((text, i) => `<th${i > 1 && i < 5 ? ' class="number"' : ''}>${escapeHtml(text)}</th>`).join('')
  const left = jobs.length - listed.length
  return `<h2>${escapeHtml(t('Jobs'))}</h2>
<table><tr>${head}</tr>
${listed.map(jobRow).join('\n')}
</table>
${left > 0 ? paragraph(t('{0} more are left out here; Export Results has all of them.', groupDigits(left)), 'muted') : ''}`
}

function jobRow(job: JobInfo): string {
  const { startedAt, endedAt, peakMemoryBytes, state } = job
  const time = startedAt === undefined || endedAt === undefined ? '' : formatDuration(endedAt - startedAt)
  const memory = peakMemoryBytes === undefined ? '' : formatBytes(peakMemoryBytes)
  const numbers = [job.exitCode ?? job.signal ?? '', time, memory].map(
    value => `<td class="number">${escapeHtml(String(value))}</td>`,
  )
  const why = failedStates.includes(state) ? `<code>${escapeHtml(whyOf(job))}</code>` : ''
  return `<tr><td><bdi>${escapeHtml(job.name)}</bdi></td><td>${escapeHtml(jobStateText(job))}</td>${numbers.join('')}<td>${why}</td></tr>`
}
