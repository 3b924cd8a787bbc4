// A setting that somebody chooses counts, also when the same editor sent the same before another one changed it.
import { expect, it } from 'vitest'
import { defaultSettings } from '../../../src/core/protocol/settingsTable'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ open } = given))

it('of two editors the one counts in which a number was chosen last', async () => {
  const [one, other] = [open({ name: 'one' }), open({ name: 'other' })]
  await one.client.connect({ start: true })
  await one.configure({ concurrency: 3 })
  await other.client.connect({ start: true })
  await other.configure({ concurrency: 5 })
  const slots = (count: number) =>
    until(() => one.client.summary?.concurrency === count, 20_000, `${count} at once, as the window knows`)
  await slots(5)
  await one.configure({ concurrency: 3 }) // a window that only connects again does not undo what the other one has changed
  expect((await one.client.service.status(null)).settings.concurrency).toBe(5)
  const settings = { ...defaultSettings, concurrency: 3 }
  await one.client.service.configure({ source: 'one', settings, chosen: true })
  await slots(3)
})
