// A stream that outlives its connections: nothing is lost, nothing comes twice, wherever a connection breaks.
import { Duplex, PassThrough, Transform } from 'node:stream'
import { expect, it } from 'vitest'
import { Resumable } from '../../../src/run/base/resumable'
import { until } from '../../support/until'

/** A connection that can be cut, and drops what is on its way then. */
function connect(one: Resumable, other: Resumable): { cut(): void } {
  const [there, back] = [new PassThrough(), new PassThrough()]
  const ends = [Duplex.from({ readable: back, writable: there }), Duplex.from({ readable: there, writable: back })]
  one.attach(ends[0] as Duplex)
  other.attach(ends[1] as Duplex)
  return {
    cut() {
      for (const end of ends) end.destroy()
    },
  }
}

function pair() {
  const [one, other] = [new Resumable(), new Resumable()]
  const received = { one: '', other: '' }
  one.on('data', chunk => {
    received.one += chunk
  })
  other.on('data', chunk => {
    received.other += chunk
  })
  return { one, other, received }
}

/** As srun is: what is behind the last line end waits for the next one. */
function wholeLines(): Transform {
  let rest = Buffer.alloc(0)
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const all = Buffer.concat([rest, chunk])
      const end = all.lastIndexOf(10) + 1
      rest = all.subarray(end)
      done(null, end > 0 ? all.subarray(0, end) : undefined)
    },
  })
}

it('waits for no other line where only whole lines are passed on, at first and over another connection', async () => {
  const { one, other, received } = pair()
  for (const text of ['no line', 'x'.repeat(300_000), 'a line\n', 'none again']) {
    const before = received.one.length
    other.write(text) // before there is a connection, the second time while there is another one
    const [there, back, lines] = [new PassThrough(), new PassThrough(), wholeLines()]
    one.attach(Duplex.from({ readable: lines, writable: there }))
    other.attach(Duplex.from({ readable: there, writable: back }))
    back.pipe(lines)
    await until(() => received.one.length === before + text.length, 5000, 'what was written before')
    other.write(text)
    await until(() => received.one.length === before + 2 * text.length, 5000, 'what is written now')
    await until(() => other.isConfirmed, 5000, 'that it is known to have come')
  }
})

it('brings what is written, both ways', async () => {
  const { one, other, received } = pair()
  connect(one, other)
  one.write('to the other')
  other.write('to the one')
  await until(() => received.one === 'to the one' && received.other === 'to the other', 5000, 'both')
})

it.each([1, 2, 3, 4, 5])(
  'nothing is lost and nothing comes twice when connections are cut at random: %i',
  async seed => {
    let random = seed
    const next = (below: number) => {
      random = (random * 1103515245 + 12345) % 2147483648
      return random % below
    }
    const { one, other, received } = pair()
    let sent = ''
    let connection = connect(one, other)
    for (let i = 0; i < 200; i++) {
      const text = `${i},`.repeat(next(5000))
      sent += text
      one.write(text)
      if (next(3) === 0) await new Promise(resolve => setImmediate(resolve))
      if (next(4) === 0) {
        connection.cut()
        if (next(2) === 0) one.write(text)
        else continue
        sent += text
      }
      if (one.isAway || next(10) === 0) connection = connect(one, other)
    }
    connection = connect(one, other)
    await until(() => received.other.length >= sent.length, 20_000, 'all of it')
    expect(received.other === sent).toBe(true)
  },
)

it('says that its connection was lost, and that the other side has ended', async () => {
  const { one, other } = pair()
  const happened: string[] = []
  other.on('away', () => happened.push('away'))
  other.on('end', () => happened.push('end'))
  const connection = connect(one, other)
  await until(() => !one.isAway, 5000, 'a connection')
  connection.cut()
  await until(() => happened.includes('away'), 5000, 'the loss')
  one.end('last words')
  connect(one, other)
  await until(() => happened.includes('end'), 5000, 'the end')
  expect(happened[0]).toBe('away')
})

it('knows what has not arrived, also of very many parts', async () => {
  const { one, other, received } = pair()
  for (let i = 0; i < 100_000; i++) one.write('0123456789')
  expect(one.pendingBytes).toBe(1_000_000)
  expect(one.isConfirmed).toBe(false)
  connect(one, other)
  await until(() => one.isConfirmed, 30_000, 'all of it')
  expect(received.other).toHaveLength(1_000_000)
  expect(one.pendingBytes).toBe(0)
})

it('has not lost a connection that another one replaces', async () => {
  const { one, other, received } = pair()
  let losses = 0
  for (const side of [one, other]) side.on('away', () => losses++)
  connect(one, other)
  one.write('first, ')
  await until(() => received.other === 'first, ', 5000, 'what came over the first one')
  connect(one, other)
  one.write('second')
  await until(() => received.other === 'first, second', 5000, 'what comes over the second one')
  expect(losses).toBe(0)
})
