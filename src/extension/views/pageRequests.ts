// What commands ask of a page, which may have to be shown and to get ready first.

type Post<Message> = (message: Message) => void

export class PageRequests<Message> {
  readonly #show: () => void
  #page: { owner: object; post: Post<Message> } | undefined
  /** The last one, for a page that is to be ready. */
  #waiting: Message | undefined

  /** @param show shows the view and gives it the keyboard */
  constructor(show: () => void) {
    this.#show = show
  }

  send(message: Message): void {
    this.#show()
    if (this.#page) this.#page.post(message)
    else this.#waiting = message
  }

  /** @param post absent when the page of this owner takes nothing more */
  connect(owner: object, post: Post<Message> | undefined): void {
    if (!post) {
      if (this.#page?.owner === owner) this.#page = undefined
      return
    }
    this.#page = { owner, post }
    if (this.#waiting !== undefined) post(this.#waiting)
    this.#waiting = undefined
  }
}
