// What ssh prints, in words that say what to do.
import { expect, it } from 'vitest'
import { sshProblem } from '../../../src/service/launch/sshProblems'

it.each([
  ['ssh: Could not resolve hostname lab3: Name or service not known', /^There is no host me@lab3: correct "host"/],
  [
    'No ED25519 host key is known for lab3 and you have requested strict checking.\r\nHost key verification failed.\r\n',
    /^The key of me@lab3 is not known yet: connect once/,
  ],
  ['@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.', /ssh-keygen -R lab3”/],
  ['me@lab3: Permission denied (publickey,password).', /^me@lab3 refuses the keys of this user/],
  [
    'banner\nssh: connect to host lab3 port 22: Connection refused\r\n',
    /^me@lab3 cannot be reached \(ssh: connect to host lab3 port 22: Connection refused\)/,
  ],
  ['kex_exchange_identification: read: Connection reset by peer', /cannot be reached/],
])('%j', (printed, sentence) => {
  expect(sshProblem('me@lab3', printed)).toMatch(sentence)
})

it('says nothing of what it does not know', () => {
  expect(sshProblem('lab3', 'Segmentation fault')).toBeUndefined()
})
