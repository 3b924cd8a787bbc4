import { describe, expect, it } from 'vitest'
import { SlotLease } from '../../../src/service/pools/slotLease'

describe('the slot of a worker', () => {
  it('is used until it is released', async () => {
    const lease = new SlotLease()
    const used = lease.hold()
    expect(lease.isHeld).toBe(true)
    expect(lease.hold()).toBe(used)
    lease.release()
    await used
    expect(lease.isHeld).toBe(false)
  })

  it('is requested once, however many tasks wait for it', async () => {
    const lease = new SlotLease()
    const requests: (() => Promise<void>)[] = []
    const request = (onHeld: () => void) => lease.request(run => void requests.push(run), onHeld)
    let begun = 0
    for (let task = 0; task < 3; task++) request(() => begun++)
    expect([requests.length, lease.isHeld, begun]).toEqual([1, false, 0])
    const used = requests[0]?.()
    expect([lease.isHeld, begun]).toEqual([true, 1])
    request(() => begun++)
    expect(requests).toHaveLength(1)
    lease.release()
    await used
    request(() => begun++)
    expect(requests).toHaveLength(2)
  })

  it('may be released as soon as it is held', async () => {
    const lease = new SlotLease()
    let used: Promise<void> | undefined
    lease.request(
      run => {
        used = run()
      },
      () => lease.release(),
    )
    await used
    expect(lease.isHeld).toBe(false)
  })
})
