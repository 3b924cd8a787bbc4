// A socket to a job service, and which of the requests that were written to it have been answered.
import { createConnection, type Socket } from 'node:net'
import { inPieces } from './junk'

export interface Answer {
  result?: unknown
  error?: { code: number; message: string }
}

export class RawWindow {
  readonly #socket: Socket
  readonly #answers = new Map<unknown, Answer>()
  #rest = ''
  #hasEnded = false

  constructor(path: string) {
    this.#socket = createConnection(path)
    this.#socket.setEncoding('utf8')
    this.#socket.on('data', (text: string) => this.#read(text))
    this.#socket.on('error', () => this.#end())
    this.#socket.on('close', () => this.#end())
  }

  /** Whether the other side has closed the connection. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  write(bytes: Buffer, sizes: readonly number[]): void {
    if (bytes.length > 100_000) this.#socket.write(bytes)
    else for (const piece of inPieces(bytes, sizes)) this.#socket.write(piece)
  }

  answerTo(id: number | string): Answer | undefined {
    return this.#answers.get(id)
  }

  close(): void {
    this.#socket.end()
  }

  cut(): void {
    this.#socket.destroy()
  }

  #end(): void {
    this.#hasEnded = true
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const message = JSON.parse(line) as Answer & { id?: unknown; method?: string }
      if (message.method === undefined) this.#answers.set(message.id, message)
    }
  }
}
