import { describe, expect, it, vi } from 'vitest'
import type { Progress } from '../../../src/api'
import { ProgressText, riseOnly } from '../../../src/run/output/progressText'

/** What is known after each chunk, without repetitions. */
function seen(stream: 'stdout' | 'stderr', chunks: readonly (string | Buffer)[]): Progress[] {
  const text = new ProgressText()
  const all: Progress[] = []
  for (const chunk of chunks) {
    text[stream](Buffer.from(chunk))
    if (text.latest && text.latest !== all.at(-1)) all.push(text.latest)
  }
  return all
}

function latest(stream: 'stdout' | 'stderr', ...chunks: (string | Buffer)[]): Progress | undefined {
  return seen(stream, chunks).at(-1)
}

/** In pieces of this many bytes. */
function cut(text: string, size: number): Buffer[] {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

const UP = '\u001b[A'

describe('progress only rises', () => {
  it('the highest fraction stays, the newest message counts', () => {
    const half = riseOnly(undefined, { fraction: 0.5, message: 'a' })
    expect(half).toEqual({ fraction: 0.5, message: 'a' })
    expect(riseOnly(half, { fraction: 0.4 })).toBe(half)
    expect(riseOnly(half, { fraction: 0.5, message: 'a' })).toBe(half)
    expect(riseOnly(half, { fraction: 0.4, message: 'b' })).toEqual({ fraction: 0.5, message: 'b' })
    expect(riseOnly(half, { fraction: 0.6 })).toEqual({ fraction: 0.6, message: 'a' })
    expect(riseOnly(half, { message: 'c' })).toEqual({ fraction: 0.5, message: 'c' })
    expect(riseOnly(half, { message: '' })).toEqual({ fraction: 0.5 })
    expect(riseOnly(half, { fraction: 1 })).toEqual({ fraction: 1, message: 'a' })
  })

  it.each([Number.NaN, -0.1, 1.1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is ignored', fraction => {
    const half = { fraction: 0.5 }
    expect(riseOnly(half, { fraction })).toBe(half)
    expect(riseOnly(undefined, { fraction })).toBeUndefined()
    expect(riseOnly(half, { fraction, message: 'a' })).toEqual({ fraction: 0.5, message: 'a' })
  })

  it('zero is a fraction', () => {
    expect(riseOnly(undefined, { fraction: 0 })).toEqual({ fraction: 0 })
  })

  it('a message is one short line without colours', () => {
    expect(riseOnly(undefined, { message: ' \u001b[32mtwo\u001b[0m\n lines\t' })).toEqual({ message: 'two lines' })
    expect(riseOnly(undefined, { message: 'x'.repeat(100_000) })?.message).toBe(`${'x'.repeat(499)}…`)
  })

  it('what is announced and what is printed is one progress', () => {
    const text = new ProgressText()
    expect(text.latest).toBeUndefined()
    text.announce({ fraction: 0.5, message: 'a' })
    text.stderr(Buffer.from('PROGRESS 0.4 b\n'))
    text.stdout(Buffer.from('<filter-progress>0.6</filter-progress>'))
    expect(text.latest).toEqual({ fraction: 0.6, message: 'b' })
  })
})

describe('bars of tqdm', () => {
  // As tqdm 4.67 writes them.
  const loading = [
    '\rLoading:   0%|          | 0/5 [00:00<?, ?it/s]',
    '\rLoading:  20%|██        | 1/5 [00:00<00:00, 110376.42it/s]',
    '\rLoading:  40%|████      | 2/5 [00:00<00:00, 14836.28it/s] ',
    '\rLoading:  60%|██████    | 3/5 [00:00<00:00, 15690.49it/s]',
    '\rLoading:  80%|████████  | 4/5 [00:00<00:00, 17141.46it/s]',
    '\rLoading: 100%|██████████| 5/5 [00:00<00:00, 18466.49it/s]',
    '\rLoading: 100%|██████████| 5/5 [00:00<00:00, 14423.33it/s]\n',
  ]

  it('with a description', () => {
    expect(seen('stderr', loading)).toEqual(
      [0, 0.2, 0.4, 0.6, 0.8, 1].map(fraction => ({ fraction, message: 'Loading' })),
    )
  })

  it.each([1, 2, 3, 10, 61])('in pieces of %d bytes', size => {
    expect(seen('stderr', cut(loading.join(''), size)).map(({ fraction }) => fraction)).toEqual([
      0, 0.2, 0.4, 0.6, 0.8, 1,
    ])
  })

  it('many at once: the last one counts', () => {
    expect(seen('stderr', [loading.slice(0, 4).join('')])).toEqual([{ fraction: 0.6, message: 'Loading' }])
  })

  it('without a description, in ASCII', () => {
    expect(latest('stderr', '\r  0%|          | 0/5 [00:00<?, ?it/s]')).toEqual({ fraction: 0 })
    expect(latest('stderr', '\r 40%|####      | 2/5 [00:00<00:00, 29746.84it/s] ')).toEqual({ fraction: 0.4 })
    expect(latest('stderr', '100%|##########| 5/5 [00:00<00:00, 18032.26it/s]\n')).toEqual({ fraction: 1 })
  })

  it.each([
    [
      'a description with a colon and a percentage',
      '\rGröße 50%: x:  20%|██        | 1/5 [00:00<00:00, 8it/s]',
      0.2,
      'Größe 50%: x',
    ],
    ['little room', '\rn:  25%|▎| 1/4 [00:00<00:00, 1', 0.25, 'n'],
    ['decimals', '\r25.50%|##  ', 0.255, undefined],
    ['log lines between', '\r 10%|# | 1/10 [..]\nhello\n\r 20%|## | 2/10 [..]', 0.2, undefined],
    [
      'a line of spaces over it',
      '\r 20%|## | 1/5 [..]\r                 \rhello\n\r 20%|## | 1/5 [..]',
      0.2,
      undefined,
    ],
    ['a colour', '\r\u001b[31mred\u001b[0m:  30%|\u001b[31m### \u001b[0m| 3/10', 0.3, 'red'],
    ['lines of Windows', 'a\r\n  7%|#  | 7/100\r\n', 0.07, undefined],
  ])('%s', (_, text, fraction, message) => {
    for (const chunks of [[text], cut(text, 1), cut(text, 7)])
      expect(latest('stderr', ...chunks)).toEqual({ fraction, ...(message && { message }) })
  })

  it('an inner loop, which begins again and again, does not count', () => {
    const inner = (percent: string) => `\n\rinner: ${percent}%|####  | 1/2 [00:00<00:00, 26.0it/s]${UP}`
    const round = ['  0', ' 50', '100'].map(inner)
    const rounds = [
      '\router:   0%|      | 0/2 [00:00<?, ?it/s]',
      ...round,
      `\n\r                                ${UP}`,
      '\router:  50%|###   | 1/2 [00:00<00:00, 4.3it/s]',
      ...round,
      `\n\r                                ${UP}`,
      '\router: 100%|######| 2/2 [00:00<00:00, 3.8it/s]',
      '\router: 100%|######| 2/2 [00:00<00:00, 3.6it/s]\n',
    ]
    for (const chunks of [rounds, cut(rounds.join(''), 1), cut(rounds.join(''), 11)])
      expect([...new Set(seen('stderr', chunks).map(({ fraction }) => fraction))]).toEqual([0, 0.5, 1])
  })

  it('an inner loop whose last bar is left standing does not count', () => {
    const inner = [
      '\n\rinner:   0%|          | 0/3 [00:00<?, ?it/s]',
      UP,
      '\rinner: 100%|██████████| 3/3 [00:00<00:00, 59634.65it/s]',
      '\n',
    ]
    const rounds = ['\r  0%| | 0/2 [00:00<?, ?it/s]', ...inner, '\r 50%|#| 1/2 [..]', ...inner, '\r100%|#| 2/2 [..]']
    for (const chunks of [rounds, cut(rounds.join(''), 1), cut(rounds.join(''), 11)])
      expect([...new Set(seen('stderr', chunks).map(({ fraction }) => fraction))]).toEqual([0, 0.5, 1])
  })

  it('an inner loop that has just begun does not hide the outer one', () => {
    const begun = '\router:  10%|# | 1/10 [00:01<00:09, 1it/s]\n\rinner:   0%|  | 0/9 [00:00<?, ?it/s]'
    expect(latest('stderr', begun)).toEqual({ fraction: 0.1, message: 'outer' })
    expect(latest('stderr', `${begun}${UP}\n\n\rinmost:  50%|# | 1/2 [..]${UP}${UP}\n\rinner:  90%|#|${UP}`)).toEqual({
      fraction: 0.1,
      message: 'outer',
    })
  })

  it('the next bar, after one that has ended, does count', () => {
    const chunks = [
      '\rone:  50%|# | 1/2 [..]',
      '\rone:  50%|# | 1/2 [..]\n',
      '\rtwo:   0%| | 0/4 [..]',
      '\rtwo:  75%|##| 3/4 [..]',
    ]
    expect(latest('stderr', ...chunks)).toEqual({ fraction: 0.75, message: 'two' })
    expect(latest('stderr', chunks.join(''))).toEqual({ fraction: 0.75, message: 'two' })
  })

  it.each([
    'a table: | accuracy | 93%| ok |',
    '\r| 42%|',
    '42%',
    '\rLoading 42% done',
    '\rLoading: -5%|',
    '\r999%|###|',
    '\rLoading: x%|',
    '\rCompression ratio42%|',
    '3it [00:00, 31936.32it/s]',
  ])('%j is none', text => {
    expect(latest('stderr', text)).toBeUndefined()
  })

  it('are looked for on stderr alone', () => {
    expect(latest('stdout', loading.join(''))).toBeUndefined()
  })
})

describe('lines with PROGRESS', () => {
  it.each<[string, Progress]>([
    ['PROGRESS 0.5\n', { fraction: 0.5 }],
    ['PROGRESS 0.5 some  message\n', { fraction: 0.5, message: 'some message' }],
    ['PROGRESS 0.5\tsome message\r\n', { fraction: 0.5, message: 'some message' }],
    ['a\nPROGRESS 1 Größe 🦊\nb\n', { fraction: 1, message: 'Größe 🦊' }],
    ['\rPROGRESS .25\r', { fraction: 0.25 }],
    ['PROGRESS 1e-2\n', { fraction: 0.01 }],
    ['PROGRESS   0.5  \n', { fraction: 0.5 }],
    ['PROGRESS 0.1\nPROGRESS 0.2\nPROGRESS 0.15 back\n', { fraction: 0.15, message: 'back' }],
    ['PROGRESS 0.1\nPROGRESS half\nPROGRESS 7\nPROGRESS NaN\n', { fraction: 0.1 }],
  ])('%j', (text, progress) => {
    expect(latest('stderr', text)).toEqual(progress)
  })

  it.each([1, 2, 5, 13])('in pieces of %d bytes', size => {
    const text = 'start\nPROGRESS 0.25 für 🦊\nother\nPROGRESS 0.5 b\n'
    expect(seen('stderr', cut(text, size))).toEqual([
      { fraction: 0.25, message: 'für 🦊' },
      { fraction: 0.5, message: 'b' },
    ])
  })

  it('count when they are whole', () => {
    expect(seen('stderr', ['PROGRESS 0.1', '25 mes', 'sage\n'])).toEqual([{ fraction: 0.125, message: 'message' }])
  })

  it.each([
    'MY PROGRESS 0.5\n',
    ' PROGRESS 0.5\n',
    'PROGRESS\n0.5\n',
    'PROGRESS 50%\n',
    'PROGRESS 3 files copied\n',
    'PROGRESS -0.5\n',
    'PROGRESS 0x1\n',
    'PROGRESS 0.5',
    'progress 0.5\n',
    `PROGRESS 0.5 ${'x'.repeat(2000)}\n`,
  ])('%j is none', text => {
    expect(latest('stderr', text)).toBeUndefined()
  })

  it('in the middle of a line that began long ago are none', () => {
    expect(latest('stderr', 'x'.repeat(5000), 'PROGRESS 0.5\n')).toBeUndefined()
    expect(latest('stderr', 'x'.repeat(50_000), 'PROGRESS 0.5\n')).toBeUndefined()
  })

  it('are looked for on stderr alone', () => {
    expect(latest('stdout', 'PROGRESS 0.5\n')).toBeUndefined()
  })
})

describe("tags of Slicer's modules", () => {
  const start =
    '<filter-start>\n<filter-name>Smooth</filter-name>\n<filter-comment> "Smoothing" </filter-comment>\n</filter-start>\n'
  const end = '<filter-end>\n<filter-name>Smooth</filter-name>\n<filter-time>1.5</filter-time>\n</filter-end>\n'
  const tag = (fraction: number | string) => `<filter-progress>${fraction}</filter-progress>\n`

  it.each(['stdout', 'stderr'] as const)('on %s', stream => {
    expect(seen(stream, [start, tag(0.42), tag(1), end])).toEqual([
      { message: 'Smoothing' },
      { fraction: 0.42, message: 'Smoothing' },
      { fraction: 1, message: 'Smoothing' },
    ])
  })

  it.each([1, 2, 7, 30])('in pieces of %d bytes', size => {
    expect(latest('stdout', ...cut(`${start}${tag(0.1)}text${tag(0.42)}`, size))).toEqual({
      fraction: 0.42,
      message: 'Smoothing',
    })
  })

  it('a second filter begins again, and the fraction stays', () => {
    const second = start.replace('Smoothing', 'Writing')
    expect(latest('stdout', start, tag(0.8), end, second, tag(0.1))).toEqual({ fraction: 0.8, message: 'Writing' })
  })

  it('with line ends and spaces inside', () => {
    expect(latest('stdout', ' <filter-progress>\n0.5\n</filter-progress>')).toEqual({ fraction: 0.5 })
  })

  it('the last one that is right counts', () => {
    expect(latest('stdout', [0.3, 2, -1, 'nan', '', '0,9'].map(tag).join(''))).toEqual({ fraction: 0.3 })
  })

  it('halves are none', () => {
    expect(latest('stdout', '0.5</filter-progress> <filter-progress>0.7')).toBeUndefined()
    expect(latest('stdout', `<filter-progress>0.5${' '.repeat(2000)}</filter-progress>`)).toBeUndefined()
  })

  it('between binary data', () => {
    const binary = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7) % 256))
    expect(latest('stdout', binary, Buffer.concat([binary, Buffer.from(tag(0.5)), binary]), binary)).toEqual({
      fraction: 0.5,
    })
  })

  it('split between the buffers that a program writes', () => {
    const filler = 'x'.repeat(8192 - 10)
    expect(latest('stdout', `${filler}<filter-pr`, `ogress>0.5</filter-progress>${'x'.repeat(8192 - 28)}`)).toEqual({
      fraction: 0.5,
    })
  })

  it('split between two large chunks', () => {
    const filler = 'x'.repeat(64 * 1024)
    expect(latest('stdout', `${filler}<filter-prog`, 'ress>0.5</filter-progress>')).toEqual({ fraction: 0.5 })
  })
})

describe('a flood', () => {
  it('is looked at only at its end', () => {
    const find = vi.spyOn(Buffer.prototype, 'lastIndexOf')
    const text = new ProgressText()
    const chunk = Buffer.alloc(1024 * 1024, '<')
    for (let i = 0; i < 10; i++) text.stdout(chunk)
    const searched = find.mock.contexts.reduce((sum: number, context) => sum + (context as Buffer).length, 0)
    find.mockRestore()
    expect(searched).toBeLessThanOrEqual(10 * 2 * 8 * 1024)
    text.stdout(Buffer.concat([chunk, Buffer.from('<filter-progress>0.5</filter-progress>')]))
    expect(text.latest).toEqual({ fraction: 0.5 })
  })

  it.each(['999%|', '\r999%|', `${UP}\n\r 50%|`, '\nPROGRESS x', '</filter-progress>', '\nPROGRESS 7\n'])(
    'of %j is given up',
    text => {
      const find = vi.spyOn(Buffer.prototype, 'lastIndexOf')
      expect(latest('stderr', text.repeat(10_000))).toBeUndefined()
      const calls = find.mock.calls.length
      find.mockRestore()
      expect(calls).toBeLessThan(1000)
    },
  )
})
