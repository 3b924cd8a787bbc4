// Draws the bars of one lane. Of those that are narrower than a pixel the worst of each pixel is seen: no failure is hidden.
import { NEVER } from '../../core/timeline/bars'
import { firstAfter, type Lane } from '../../core/timeline/lanes'
import type { BarLook, Palette } from './palette'
import type { Scene } from './scene'

/** CSS pixels: a bar of at least this width is drawn by itself. */
const OWN_WIDTH = 2
/** Below this height all shapes are the same. */
const SHAPED_HEIGHT = 8
const HATCH = 5

interface Strip {
  top: number
  height: number
}

export class LanePainter {
  readonly #context: CanvasRenderingContext2D
  readonly #palette: Palette
  readonly #xOf: (moment: number) => number

  constructor(context: CanvasRenderingContext2D, palette: Palette, xOf: (moment: number) => number) {
    this.#context = context
    this.#palette = palette
    this.#xOf = xOf
  }

  paint({ bars, range, now, selected }: Scene, lane: Lane, strip: Strip): void {
    const { started, ended, state } = bars.arrays
    const pixels = new PixelRow((x, width, look) => this.#fill(x, width, look, strip))
    for (let i = Math.max(0, firstAfter(bars, lane, range.from) - 1); i < lane.length; i++) {
      const bar = lane[i] as number
      const start = started[bar] as number
      if (start > range.to) break
      const end = ended[bar] === NEVER ? Math.max(now, start) : (ended[bar] as number)
      const look = this.#palette.bars[state[bar] as number] as BarLook
      const x = this.#xOf(start)
      const width = this.#xOf(end) - x
      if (width < OWN_WIDTH) pixels.add(Math.floor(x), look)
      else {
        pixels.flush()
        this.#bar(x, Math.max(1, width - 1), look, strip)
      }
      if (bar === selected) this.#frame(x, width, strip)
    }
    pixels.flush()
  }

  #fill(x: number, width: number, { fill, shape }: BarLook, { top, height }: Strip): void {
    const inset = height < SHAPED_HEIGHT ? 0 : shape === 'thin' ? Math.round(height * 0.2) : 1
    this.#context.fillStyle = fill
    this.#context.fillRect(x, top + inset, width, Math.max(1, height - 2 * inset - (height > 2 ? 1 : 0)))
  }

  #bar(x: number, width: number, look: BarLook, strip: Strip): void {
    const context = this.#context
    const { top, height } = strip
    if (look.shape === 'hollow' && height >= SHAPED_HEIGHT) {
      context.strokeStyle = look.fill
      context.lineWidth = 1
      context.strokeRect(x + 0.5, top + 2.5, Math.max(1, width - 1), height - 6)
      return
    }
    this.#fill(x, width, look, strip)
    if (look.shape === 'hatched' && height >= SHAPED_HEIGHT && width >= HATCH) this.#hatch(x, width, strip)
  }

  #hatch(x: number, width: number, { top, height }: Strip): void {
    const context = this.#context
    context.save()
    context.beginPath()
    context.rect(x, top + 1, width, height - 3)
    context.clip()
    context.strokeStyle = this.#palette.background
    context.lineWidth = 1
    context.beginPath()
    // not beyond the canvas: a bar may be a million pixels wide
    const from = Math.max(x, -HATCH) - height
    const to = Math.min(x + width, context.canvas.clientWidth)
    for (let at = from - (from % HATCH); at < to; at += HATCH) {
      context.moveTo(at, top + height)
      context.lineTo(at + height, top)
    }
    context.stroke()
    context.restore()
  }

  #frame(x: number, width: number, { top, height }: Strip): void {
    const context = this.#context
    context.strokeStyle = this.#palette.focus
    context.lineWidth = 2
    context.strokeRect(x - 1, top, Math.max(4, width + 1), Math.max(3, height - 1))
  }
}

/** Runs of neighbouring pixels that look the same. */
class PixelRow {
  readonly #draw: (x: number, width: number, look: BarLook) => void
  #from = 0
  #to = 0
  #look: BarLook | undefined
  /** Of the pixel at `#to`, which may still get worse. */
  #last: BarLook | undefined

  constructor(draw: (x: number, width: number, look: BarLook) => void) {
    this.#draw = draw
  }

  add(x: number, look: BarLook): void {
    if (this.#last && x === this.#to) {
      if (look.rank > this.#last.rank) this.#last = look
      return
    }
    this.#settle()
    if (this.#look && x !== this.#to + 1) this.flush()
    this.#to = x
    this.#last = look
    if (!this.#look) this.#from = x
  }

  /** The pixel at `#to` is complete: it goes on with the run, or begins another. */
  #settle(): void {
    const last = this.#last
    this.#last = undefined
    if (!last) return
    if (this.#look && this.#look !== last) {
      this.#draw(this.#from, this.#to - this.#from, this.#look)
      this.#from = this.#to
    }
    this.#look = last
  }

  flush(): void {
    this.#settle()
    if (this.#look) this.#draw(this.#from, this.#to + 1 - this.#from, this.#look)
    this.#look = undefined
  }
}
