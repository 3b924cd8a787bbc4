// Where a list is to be scrolled to, and where its element is. The two differ until the next rendering; what a person scrolls in
// the meantime counts, and the event of what was written here, which comes later, does not.

export class ScrollPosition {
  /** Where it is to be, pixels. */
  top: number
  /** The element and its position as last read or written. */
  #seen: { element?: Element; top: number } = { top: 0 }

  constructor(top: number) {
    this.top = top
  }

  /** After rendering, when the height is known. */
  write(element: Element): void {
    if (this.#seen.element !== element) this.#seen = { element, top: element.scrollTop }
    if (Math.abs(this.#seen.top - this.top) < 1) return
    element.scrollTop = this.top
    this.top = this.#seen.top = element.scrollTop
  }

  /**
   * For the element's event.
   * @returns whether it was moved by anything but `write`
   */
  read(element: Element): boolean {
    if (this.#seen.element === element && this.#seen.top === element.scrollTop) return false
    this.#seen = { element, top: element.scrollTop }
    this.top = element.scrollTop
    return true
  }
}
