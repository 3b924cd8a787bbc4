// The page of a timeline as a whole: what the extension's messages change, and what the user does with pointer and keys.
import { t } from '@vscode/l10n'
import { html, nothing, type TemplateResult } from 'lit-html'
import type { JobInfo } from '../../api'
import type { BarAction, FromTimelinePage, KeptTimeline, ToTimelinePage } from '../../core/pages/timelinePage'
import { countsByState, type StateCounts } from '../../core/protocol/format'
import { NEVER, type TimelinePart } from '../../core/timeline/bars'
import { KnownBars } from '../../core/timeline/knownBars'
import { type Lanes, lanesOf } from '../../core/timeline/lanes'
import { type Content, Frame, type VsCodeApi } from '../frame/frame'
import { describeRow } from '../text/rowText'
import { barAt, nextFailed } from '../timeline/barSteps'
import { Painter } from '../timeline/painter'
import { type Palette, readPalette } from '../timeline/palette'
import type { Scene } from '../timeline/scene'
import { onTimelineKey, type TimelineKeyTarget } from '../timeline/timelineKeys'
import { TimeWindow } from '../timeline/timeWindow'
import { parseToTimelinePage } from './parseToTimelinePage'
import { tool } from './tool'

/** How often what goes on is drawn anew. */
const TICK_MS = 500
/** A bar is meant within so many pixels. */
const REACH = 4
/** A press that moves farther pans. */
const DRAG = 3
/** Facts of jobs that are kept. */
const MAX_FACTS = 500

/** A bar by what does not change when others go. */
interface BarId {
  seq: number
  retry: number
}

export class TimelinePage implements Content<ToTimelinePage>, TimelineKeyTarget {
  readonly parse = parseToTimelinePage
  readonly #frame: Frame<ToTimelinePage, FromTimelinePage>
  readonly bars = new KnownBars()
  readonly time = new TimeWindow()
  #lanes: Lanes = lanesOf(this.bars, 1)
  #counts: StateCounts = {}
  /** Bars or slots have changed since the lanes were made. */
  #isChanged = false
  #painter: Painter | undefined
  #palette: Palette | undefined
  #slots = 1
  #message: string | undefined
  #kept: KeptTimeline = {}
  #isLoading = true
  #clockOffsetMs = 0
  #selected: BarId | undefined
  #pointer: { x: number; y: number } | undefined
  #drag: { x: number; isMoving: boolean } | undefined
  readonly #facts = new Map<number, JobInfo | null>()

  constructor(root: HTMLElement, api: VsCodeApi) {
    this.#frame = new Frame<ToTimelinePage, FromTimelinePage>(root, api, this)
  }

  start(): void {
    this.#frame.start()
    window.addEventListener('resize', () => this.#frame.schedule())
    // VS Code changes classes and colours of the page with the theme
    new MutationObserver(() => {
      this.#palette = undefined
      this.#frame.schedule()
    }).observe(document.documentElement, { attributes: true })
    setInterval(() => {
      if (this.#lanes.isRunning && this.#message === undefined) this.#frame.schedule()
    }, TICK_MS)
  }

  get state(): KeptTimeline {
    return this.#kept
  }

  get lanes(): Lanes {
    return this.#lanes
  }

  get selected(): number | undefined {
    return this.#selected && this.bars.indexOf(this.#selected.seq, this.#selected.retry)
  }

  focus(): void {
    this.#canvas?.focus()
  }

  get #canvas(): HTMLCanvasElement | null {
    return document.querySelector('canvas')
  }

  receive(message: ToTimelinePage): void {
    switch (message.type) {
      case 'state':
        this.#isChanged ||= this.#slots !== message.slots
        this.#slots = message.slots
        this.#message = message.message
        this.#kept = message.kept
        this.#frame.changed()
        break
      case 'part':
        this.bars.apply(message.part)
        this.#isChanged ||= changesBars(message.part)
        this.#isLoading = message.part.more === true
        this.#clockOffsetMs = message.part.now - Date.now()
        for (const seq of message.part.bars.seq) this.#facts.delete(seq)
        this.#describe(this.#selected?.seq)
        this.#frame.schedule()
        break
      case 'job':
        if (this.#facts.size >= MAX_FACTS) this.#facts.clear()
        this.#facts.set(message.seq, message.job ?? null)
        this.#describe(this.#selected?.seq) // whose facts may just have gone
        this.#frame.schedule()
        break
    }
  }

  template(): TemplateResult {
    this.#arrange()
    const { batch } = this.#kept
    const isEmpty = this.bars.count === 0
    return html`<main class="timeline">
      ${this.#toolbar()}
      ${this.#message === undefined ? nothing : html`<p class="problem" role="alert">${this.#message}</p>`}
      ${isEmpty && !this.#isLoading ? html`<p class="nothing">${t('No job has been submitted yet. Bars appear here as soon as jobs start.')}</p>` : nothing}
      <canvas
        class=${isEmpty ? 'hidden' : ''}
        tabindex="0"
        role="application"
        aria-roledescription=${t('timeline')}
        aria-label=${batch ? t('Timeline of {0}', batch.name) : t('Timeline of all jobs')}
        aria-describedby="keys"
        @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
        @pointerdown=${(event: PointerEvent) => this.#onDown(event)}
        @pointermove=${(event: PointerEvent) => this.#onMove(event)}
        @pointerup=${(event: PointerEvent) => this.#onUp(event)}
        @pointerleave=${() => this.#point(undefined)}
        @dblclick=${() => this.act('showJob')}
        @wheel=${(event: WheelEvent) => this.#onWheel(event)}
      ></canvas>
      <p class="hidden" id="keys">${t('Arrow keys go from bar to bar, Enter leads to the job, plus and minus zoom, Shift with left and right moves the time, F8 goes to the next failure.')}</p>
      ${this.#strip()}
      ${this.#tooltip()}
    </main>`
  }

  rendered(): void {
    const canvas = this.#canvas
    if (!canvas || canvas.clientWidth === 0) return
    this.#painter ??= new Painter(canvas)
    this.#palette ??= readPalette(canvas)
    this.#painter.paint(this.#scene(), this.#palette)
  }

  get #now(): number {
    return Date.now() + this.#clockOffsetMs
  }

  #scene(): Scene {
    const now = this.#now
    this.time.update(this.#lanes, now)
    const { range } = this.time
    const selected = this.selected
    return {
      ...{ bars: this.bars, lanes: this.#lanes, range, now },
      ...(this.#pointer && { pointed: this.#painter?.momentAt(this.#pointer.x, range) ?? now }),
      ...(selected !== undefined && { selected }),
    }
  }

  /** Once for all that has come since the last frame: a pointer that moves changes nothing of it. */
  #arrange(): void {
    if (!this.#isChanged) return
    this.#isChanged = false
    this.#lanes = lanesOf(this.bars, this.#slots)
    this.#counts = this.bars.countsByState()
  }

  #toolbar(): TemplateResult {
    const counts = this.#counts
    const hasFailed = Boolean(counts.failed || counts.lost || counts.dependencyFailed)
    const mode = (name: 'latest' | 'all', label: string) => html`<button
      class="mode"
      aria-pressed=${this.time.mode === name}
      @click=${() => this.#change(() => this.time.show(name))}
    >${label}</button>`
    return html`<div class="tools" role="toolbar" aria-label=${t('Timeline')}>
      <span class="summary">${this.#isLoading ? t('Reading the history …') : countsByState(counts).join(', ')}</span>
      ${tool(t('Previous Failure (Shift+F8)'), 'arrow-up', () => this.stepFailure(-1), !hasFailed)}
      ${tool(t('Next Failure (F8)'), 'arrow-down', () => this.stepFailure(1), !hasFailed)}
      ${mode('latest', t('Latest'))} ${mode('all', t('All'))}
      ${tool(t('Zoom Out (-)'), 'zoom-out', () => this.#change(() => this.time.zoom(2)))}
      ${tool(t('Zoom In (+)'), 'zoom-in', () => this.#change(() => this.time.zoom(0.5)))}
    </div>`
  }

  /** What is known of the selected bar, below the canvas. */
  #strip(): TemplateResult {
    const job = this.#selected && this.#facts.get(this.#selected.seq)
    const text = this.#selected ? this.#textOf(this.#selected, job) : ''
    return html`<div class="chosen">
      <div class="what" role="status" aria-live="polite">
        ${job ? html`<bdi class="name">${job.name}</bdi> ` : nothing}<span>${text}</span>
      </div>
      ${
        job
          ? html`<button @click=${() => this.act('showJob')}>${t('Show in List')}</button>
        <button @click=${() => this.act('showOutput')}>${t('Show Output')}</button>`
          : nothing
      }
    </div>`
  }

  #textOf({ retry }: BarId, job: JobInfo | null | undefined): string {
    if (job === undefined) return ''
    if (job === null) return t('This job is not in the history any more.')
    const row = { kind: 'job', job, depth: 0, place: 0, places: 1 } as const
    return retry > 0 ? t('attempt {0}, which was tried again', retry) : describeRow(row, this.#now)
  }

  #tooltip(): TemplateResult | typeof nothing {
    const bar = this.#pointedBar
    if (bar === undefined || !this.#pointer || this.#drag?.isMoving) return nothing
    const id = this.#idOf(bar)
    const job = this.#facts.get(id.seq)
    if (!job) return nothing
    const { x, y } = this.#pointer
    const isRight = x > window.innerWidth / 2
    const side = isRight ? `right: ${window.innerWidth - x + 8}px` : `left: ${x + 12}px`
    return html`<div class="tip" .style=${`${side}; top: ${y + 44}px`} aria-hidden="true">
      <bdi>${job.name}</bdi><br />${this.#textOf(id, job)}
    </div>`
  }

  get #pointedBar(): number | undefined {
    const painter = this.#painter
    if (!painter || !this.#pointer) return undefined
    const lane = painter.laneAt(this.#pointer.y, this.#lanes)
    const { range } = this.time
    const reach = (REACH / painter.timeWidth) * (range.to - range.from)
    return lane === undefined
      ? undefined
      : barAt(this.bars, this.#lanes, lane, painter.momentAt(this.#pointer.x, range), reach)
  }

  #idOf(bar: number): BarId {
    const { seq, retry } = this.bars.arrays
    return { seq: seq[bar] as number, retry: retry[bar] as number }
  }

  #describe(seq: number | undefined): void {
    if (seq !== undefined && !this.#facts.has(seq)) this.#frame.post({ type: 'describe', seq })
  }

  /** By key: from wherever it is it comes in sight. */
  select(bar: number | undefined): void {
    if (bar === undefined) return
    this.#choose(bar)
    const { started, ended } = this.bars.arrays
    const from = started[bar] as number
    this.time.reveal({ from, to: ended[bar] === NEVER ? from : (ended[bar] as number) })
  }

  /** Where it is: what was clicked does not move away from under the pointer. */
  #choose(bar: number): void {
    this.#selected = this.#idOf(bar)
    this.#describe(this.#selected.seq)
    this.#frame.schedule()
  }

  stepFailure(by: 1 | -1): void {
    this.select(nextFailed(this.bars, this.selected, by))
  }

  act(action: BarAction): void {
    if (this.#selected) this.#frame.post({ type: 'barAction', action, seq: this.#selected.seq })
  }

  #change(change: () => void): void {
    change()
    this.#frame.schedule()
  }

  #onKey(event: KeyboardEvent): void {
    if (!onTimelineKey(event, this)) return
    event.preventDefault()
    event.stopPropagation()
    this.#frame.schedule()
  }

  #point(at: { x: number; y: number } | undefined): void {
    this.#pointer = at
    const bar = this.#pointedBar
    if (bar !== undefined) this.#describe(this.#idOf(bar).seq)
    this.#frame.schedule()
  }

  #onDown(event: PointerEvent): void {
    if (event.button !== 0) return
    this.#canvas?.setPointerCapture(event.pointerId)
    this.#drag = { x: event.offsetX, isMoving: false }
  }

  #onMove(event: PointerEvent): void {
    const drag = this.#drag
    if (drag && (drag.isMoving || Math.abs(event.offsetX - drag.x) > DRAG)) {
      this.time.pan((drag.x - event.offsetX) / (this.#painter?.timeWidth ?? 1))
      this.#drag = { x: event.offsetX, isMoving: true }
    }
    this.#point({ x: event.offsetX, y: event.offsetY })
  }

  #onUp(event: PointerEvent): void {
    const wasMoving = this.#drag?.isMoving
    this.#drag = undefined
    this.#point({ x: event.offsetX, y: event.offsetY })
    const bar = this.#pointedBar
    if (wasMoving || event.button !== 0) return
    if (bar === undefined) this.#selected = undefined
    else this.#choose(bar)
  }

  /** As maps do: the wheel zooms at the pointer, sideways it moves. */
  #onWheel(event: WheelEvent): void {
    event.preventDefault()
    const width = this.#painter?.timeWidth ?? 1
    const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX
    if (Math.abs(sideways) > Math.abs(event.deltaY) || event.shiftKey) this.time.pan(sideways / width)
    else this.time.zoom(1.002 ** event.deltaY, this.#painter?.momentAt(event.offsetX, this.time.range))
    this.#point({ x: event.offsetX, y: event.offsetY })
  }
}

/** Not only what the machine was busy with. */
function changesBars({ anew, bars, removed }: TimelinePart): boolean {
  return anew === true || bars.seq.length + removed.length > 0
}
