// The curves of a job as small pictures, which their labels say in words.
import { html, nothing, svg, type TemplateResult } from 'lit-html'
import type { UsagePoint } from '../../core/protocol/facts'
import { type Curve, curvesOf } from '../text/usageText'

/** Units of the picture, which is as wide as there is room. */
const WIDTH = 100
const HEIGHT = 24

export function curvesTemplate(usage: readonly UsagePoint[] | undefined): TemplateResult | typeof nothing {
  const curves = curvesOf(usage)
  return curves.length === 0 ? nothing : html`<div class="curves">${curves.map(curveTemplate)}</div>`
}

function curveTemplate({ name, words, label, points }: Curve): TemplateResult {
  const end = points.at(-1)?.at || 1
  const top = Math.max(...points.map(({ value }) => value)) || 1
  const line = points.map(
    ({ at, value }) => `${round((at / end) * WIDTH)},${round(HEIGHT - (value / top) * (HEIGHT - 1))}`,
  )
  const [first = '0,0'] = line
  const area = [`${first.split(',')[0]},${HEIGHT}`, ...line, `${WIDTH},${HEIGHT}`]
  return html`<figure class="curve">
    <figcaption>${name} <span class="most">${words}</span></figcaption>
    <svg role="img" aria-label=${label} viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
      ${svg`<polygon points=${area.join(' ')}></polygon><polyline points=${line.join(' ')}></polyline>`}
    </svg>
  </figure>`
}

function round(n: number): number {
  return Math.round(n * 100) / 100
}
