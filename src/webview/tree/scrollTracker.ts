// Where a list has been scrolled to by its user, without waiting for the browser's event: a click may come before that.

export class ScrollTracker {
  #element: Element | undefined
  /** Where it was when it was last looked at. */
  #known = 0

  /** Where it was scrolled to since it was last looked at, if it was. */
  movedTo(element: Element | undefined): number | undefined {
    const isNew = element !== this.#element
    this.#element = element
    const top = element?.scrollTop ?? 0
    if (isNew || Math.abs(top - this.#known) < 1) return undefined
    this.#known = top
    return top
  }

  scroll(element: Element, top: number): void {
    if (Math.abs(element.scrollTop - top) >= 1) element.scrollTop = top
    this.#known = element.scrollTop
  }
}
