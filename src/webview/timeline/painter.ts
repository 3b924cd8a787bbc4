// Draws a timeline on a canvas: the axis, a lane a slot, below them what waited and ran, and how busy the machine was.
import { t } from '@vscode/l10n'
import { groupDigits } from '../../core/protocol/format'
import { countAt, countsAt, type Lanes } from '../../core/timeline/lanes'
import { type TimeRange, ticksOf } from '../../core/timeline/timeScale'
import { LanePainter } from './lanePainter'
import type { Palette } from './palette'
import type { Scene } from './scene'
import { usageLines, valuesAt } from './usageLines'

/** CSS pixels. */
const AXIS = 22
const GUTTER = 34
const CHART = 54
const LABEL = 16
const TICK_WIDTH = 90
const MAX_LANE = 26
const MIN_LANE_LABEL = 12

export class Painter {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  #width = 0
  #height = 0

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d') as CanvasRenderingContext2D
  }

  /** Of the time, CSS pixels. */
  get timeWidth(): number {
    return Math.max(1, this.#width - GUTTER)
  }

  momentAt(x: number, { from, to }: TimeRange): number {
    return from + ((x - GUTTER) / this.timeWidth) * (to - from)
  }

  xOf(moment: number, { from, to }: TimeRange): number {
    return GUTTER + ((moment - from) / (to - from)) * this.timeWidth
  }

  /** The lane at this height, or none. */
  laneAt(y: number, lanes: Lanes): number | undefined {
    const lane = Math.floor((y - AXIS) / this.laneHeight(lanes))
    return lane >= 0 && lane < lanes.lanes.length ? lane : undefined
  }

  topOf(lane: number, lanes: Lanes): number {
    return AXIS + lane * this.laneHeight(lanes)
  }

  laneHeight({ lanes }: Lanes): number {
    const room = this.#height - AXIS - 2 * CHART
    return Math.max(1, Math.min(MAX_LANE, Math.floor(room / Math.max(1, lanes.length))))
  }

  paint(scene: Scene, palette: Palette): void {
    this.#fit()
    const context = this.#context
    context.clearRect(0, 0, this.#width, this.#height)
    context.font = palette.font
    context.textBaseline = 'middle'
    this.#axis(scene, palette)
    this.#clipped(() => this.#lanes(scene, palette))
    this.#laneNumbers(scene, palette)
    this.#counts(scene, palette, this.#height - 2 * CHART)
    this.#usage(scene, palette, this.#height - CHART)
    this.#clipped(() => this.#now(scene, palette))
  }

  /** As many pixels as the screen has, also when it is zoomed. */
  #fit(): void {
    const { clientWidth, clientHeight } = this.#canvas
    const ratio = window.devicePixelRatio
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)]
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height })
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0)
    this.#width = clientWidth
    this.#height = clientHeight
  }

  #clipped(draw: () => void): void {
    const context = this.#context
    context.save()
    context.beginPath()
    context.rect(GUTTER, 0, this.timeWidth, this.#height)
    context.clip()
    draw()
    context.restore()
  }

  #axis({ range }: Scene, palette: Palette): void {
    const context = this.#context
    context.textAlign = 'left'
    for (const { at, label } of ticksOf(range, Math.max(1, this.timeWidth / TICK_WIDTH))) {
      const x = Math.round(this.xOf(at, range)) + 0.5
      context.fillStyle = palette.line
      context.fillRect(x, 0, 1, this.#height)
      context.fillStyle = palette.muted
      if (x + TICK_WIDTH / 2 < this.#width) context.fillText(label, x + 4, AXIS / 2)
    }
  }

  #lanes(scene: Scene, palette: Palette): void {
    const height = this.laneHeight(scene.lanes)
    const painter = new LanePainter(this.#context, palette, moment => this.xOf(moment, scene.range))
    for (const [i, lane] of scene.lanes.lanes.entries())
      painter.paint(scene, lane, { top: this.topOf(i, scene.lanes), height })
  }

  #laneNumbers({ lanes }: Scene, palette: Palette): void {
    const height = this.laneHeight(lanes)
    const every = Math.ceil(MIN_LANE_LABEL / height)
    const context = this.#context
    context.textAlign = 'right'
    context.fillStyle = palette.muted
    for (let lane = 0; lane < lanes.lanes.length; lane += every)
      context.fillText(String(lane + 1), GUTTER - 6, this.topOf(lane, lanes) + height / 2)
  }

  /** The area is what waits, the line what runs; each has a scale of its own. */
  #counts({ lanes: { counts }, range, now, pointed }: Scene, palette: Palette, top: number): void {
    const pixels = { length: Math.ceil(this.timeWidth) + 1 }
    const moments = Array.from(pixels, (_, x) => Math.min(now, this.momentAt(GUTTER + x, range)))
    const [waiting, running] = [countsAt(counts.waiting, moments), countsAt(counts.running, moments)]
    const end = Math.min(this.#width, this.xOf(now, range))
    this.#separate(palette, top)
    this.#clipped(() => {
      const inTime = (all: readonly number[]) => {
        const most = all.reduce((a, b) => Math.max(a, b), 1)
        return all.map((value, x) => ({ x: GUTTER + x, value: value / most })).filter(({ x }) => x <= end)
      }
      this.#area(inTime(waiting), top, palette.line)
      this.#line(inTime(running), top, palette.running)
    })
    const at = Math.min(now, pointed ?? range.to)
    const count = (steps: typeof counts.waiting) => groupDigits(countAt(steps, at))
    this.#label(t('{0} waiting (area), {1} running (line)', count(counts.waiting), count(counts.running)), top, palette)
  }

  #usage({ bars: { usage }, range, pointed }: Scene, palette: Palette, top: number): void {
    this.#separate(palette, top)
    this.#clipped(() => {
      for (const points of usageLines(usage, 'cpu', range))
        this.#line(this.#placed(points, range), top, palette.running)
      for (const points of usageLines(usage, 'memory', range))
        this.#line(this.#placed(points, range), top, palette.text, [3, 3])
    })
    const values = valuesAt(usage, pointed ?? range.to)
    const percent = (part: number) => `${Math.round(part * 100)} %`
    const text = values
      ? t('CPU {0} (line), memory {1} (dashed) of this machine', percent(values.cpu), percent(values.memory))
      : t('CPU and memory of this machine: no sample at this time')
    this.#label(text, top, palette)
  }

  #placed(points: readonly { at: number; value: number }[], range: TimeRange) {
    return points.map(({ at, value }) => ({ x: this.xOf(at, range), value }))
  }

  #separate(palette: Palette, top: number): void {
    this.#context.fillStyle = palette.line
    this.#context.fillRect(0, top, this.#width, 1)
  }

  #label(text: string, top: number, palette: Palette): void {
    const context = this.#context
    context.textAlign = 'left'
    context.fillStyle = palette.background
    context.fillRect(GUTTER, top + 1, context.measureText(text).width + 8, LABEL)
    context.fillStyle = palette.text
    context.fillText(text, GUTTER + 4, top + 1 + LABEL / 2)
  }

  #yOf(value: number, top: number): number {
    return top + CHART - 2 - value * (CHART - LABEL - 4)
  }

  #area(points: readonly { x: number; value: number }[], top: number, colour: string): void {
    const context = this.#context
    context.fillStyle = colour
    context.beginPath()
    context.moveTo(points[0]?.x ?? 0, this.#yOf(0, top))
    for (const { x, value } of points) context.lineTo(x, this.#yOf(value, top))
    context.lineTo(points.at(-1)?.x ?? 0, this.#yOf(0, top))
    context.fill()
  }

  #line(points: readonly { x: number; value: number }[], top: number, colour: string, dash: number[] = []): void {
    const context = this.#context
    context.strokeStyle = colour
    context.lineWidth = 1.5
    context.setLineDash(dash)
    context.beginPath()
    for (const { x, value } of points) context.lineTo(x, this.#yOf(value, top))
    context.stroke()
    context.setLineDash([])
  }

  #now({ now, range }: Scene, palette: Palette): void {
    this.#context.fillStyle = palette.focus
    this.#context.fillRect(this.xOf(now, range), AXIS, 1, this.#height - AXIS)
  }
}
