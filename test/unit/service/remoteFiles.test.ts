// What is asked of the files of a runner elsewhere, and answered by it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { MAX_LIST_ITEMS } from '../../../src/core/protocol/limits'
import type { FromRunner } from '../../../src/run/base/runnerProtocol'
import { onFileRequest } from '../../../src/run/runner/runnerFiles'
import { RemoteFiles } from '../../../src/service/files/remoteFiles'

let folder: string
let answers: FromRunner[]
let files: RemoteFiles
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hj-files-'))
  answers = []
  files = new RemoteFiles((request, bytes) => {
    void onFileRequest(request, bytes, (answer, read) => {
      answers.push(answer)
      files.onAnswer(answer, read)
    })
  })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('very many that patterns fit are found in parts, each of which is a message', async () => {
  const names = Array.from({ length: 2 * MAX_LIST_ITEMS + 1 }, (_, i) => `${i}.txt`)
  for (const name of names) writeFileSync(join(folder, name), '')
  const found = await files.find(folder, ['*.txt'])
  expect(found.map(({ path }) => path).sort()).toEqual(names.sort())
  expect(answers.map(answer => answer.type === 'fileAnswer' && answer.files?.length)).toEqual([
    MAX_LIST_ITEMS,
    MAX_LIST_ITEMS,
    1,
  ])
})

it('none that a pattern fits is an answer, too', async () => {
  expect(await files.find(folder, ['*.txt'])).toEqual([])
})
