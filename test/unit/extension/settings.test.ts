// Settings as people write them, and the manifest that declares them.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ALLOCATION_DEFAULTS, readQueues } from '../../../src/core/jobs/queueConfig'
import { columns } from '../../../src/core/pages/jobsPage'
import { rowSections } from '../../../src/core/pages/rowTargets'
import {
  defaultSettings,
  machineSettings,
  type Setting,
  settingsTable,
  settingValue,
} from '../../../src/core/protocol/settingsTable'
import {
  columnsOf,
  defaultColumns,
  environmentWith,
  notificationLevel,
  notifications,
  queuesWith,
  secretNames,
} from '../../../src/extension/settings/settingsModel'
import { manifestText } from '../../support/manifestTexts'
import { root } from '../../support/tools'

describe('the queues that are shown', () => {
  const known = { name: 'local', kind: 'local' as const, used: 2, running: 2, queued: 0 }

  it('are none while there is only the local one', () => {
    expect(queuesWith([], {})).toEqual([])
  })

  it('are those of the settings, behind those that the job service has', () => {
    const configs = { gpu: { kind: 'local' as const, slots: 1 }, lab: { kind: 'ssh' as const, host: 'lab' } }
    const idle = { used: 0, running: 0, queued: 0 }
    const unknown = [
      { name: 'gpu', kind: 'local', slots: 1, ...idle },
      { name: 'lab', kind: 'ssh', ...idle },
    ]
    expect(queuesWith([], configs)).toEqual([{ name: 'local', kind: 'local', ...idle }, ...unknown])
    expect(queuesWith([known], configs)).toEqual([known, ...unknown])
  })
})

describe('machine settings', () => {
  it('have defaults for what is missing or of the wrong type', () => {
    expect(machineSettings(() => undefined)).toEqual(defaultSettings)
    expect(machineSettings(() => 'nonsense')).toEqual(defaultSettings)
    expect(machineSettings(() => Number.NaN)).toEqual(defaultSettings)
  })

  it('keep within their limits', () => {
    expect(machineSettings(() => 1e9)).toMatchObject({ concurrency: 1024, niceness: 19, killGraceSeconds: 3600 })
    expect(machineSettings(() => -5)).toMatchObject({
      concurrency: 0,
      niceness: 0,
      killGraceSeconds: 0,
      historyDays: 0,
    })
    expect(machineSettings(() => 2.7)).toMatchObject({ concurrency: 2, niceness: 2, killGraceSeconds: 2.7 })
  })

  it('are read', () => {
    const values: Record<string, unknown> = {
      concurrency: 3,
      onLastWindowClosed: 'cancel',
      afterServiceCrash: 'continue',
    }
    expect(machineSettings(name => values[name])).toMatchObject(values)
  })
})

describe('the environment', () => {
  it('is the window’s with additions and without what is null', () => {
    const merged = environmentWith(
      { A: '1', B: '2', C: undefined },
      { B: null, D: 'x y', E: 5, '': 'x', 'F=': 'x', G: {} },
    )
    expect(merged).toEqual({ A: '1', D: 'x y', E: '5' })
  })

  it('has each name once on Windows, where its case does not count', () => {
    const base = { Path: 'C:\\a', TEMP: 'C:\\t' }
    const additions = { PATH: 'C:\\b', Temp: null }
    expect(environmentWith(base, additions, true)).toEqual({ PATH: 'C:\\b' })
    expect(environmentWith(base, additions, false)).toEqual({ ...base, PATH: 'C:\\b' })
  })

  it('is the window’s when the setting is no object', () => {
    for (const additions of [undefined, null, 'x', 3])
      expect(environmentWith({ A: '1' }, additions)).toEqual({ A: '1' })
  })

  it('has secret names', () => {
    expect(secretNames(['A', '', 3, 'B'])).toEqual(['A', 'B'])
    expect(secretNames('A')).toEqual([])
  })
})

it('notifications are at batches by default', () => {
  expect(['never', 'failures', 'batches', 'all', 'x', undefined].map(value => notificationLevel(() => value))).toEqual([
    'never',
    'failures',
    'batches',
    'all',
    'batches',
    'batches',
  ])
})

describe('the manifest', () => {
  type Property = Readonly<Record<string, unknown>>
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    contributes: {
      configuration: { properties: Record<string, Property> }[]
      commands: { command: string; title: string; category: string }[]
      menus: Record<string, { command: string; when: string }[]>
      keybindings: { command: string; when: string }[]
      walkthroughs: {
        steps: { id: string; description: string; media: { markdown: string }; completionEvents: string[] }[]
      }[]
    }
  }
  const { configuration, commands, menus, keybindings, walkthroughs } = manifest.contributes
  const properties: Record<string, Property> = Object.assign({}, ...configuration.map(section => section.properties))

  it.each(Object.entries<Setting>({ ...settingsTable, notifications }))(
    'declares %s as it is read',
    (name, setting) => {
      const { scope, order, description, markdownDescription, enumDescriptions, ...values } =
        properties[`headlessJobs.${name}`] ?? {}
      const { zero, ...row } = { zero: undefined, ...setting }
      expect(values).toEqual(row)
      expect(settingValue(setting, setting.default)).toBe(setting.default)
    },
  )

  it('declares the queues of each kind as they are read', () => {
    type Fields = Readonly<Record<string, { const?: string; properties?: Record<string, { default: unknown }> }>>
    const { additionalProperties: queue } = properties['headlessJobs.queues'] as {
      additionalProperties: {
        defaultSnippets: { body: { kind: string } }[]
        properties: { kind: { enum: string[]; markdownEnumDescriptions: string[] } }
        oneOf: { required: string[]; properties: Fields }[]
      }
    }
    const needed = { launch: ['env'], host: 'lab', runtime: 'bwrap' }
    /** What it must be instead of what it is. */
    const must = (config: unknown) => readQueues({ q: config }).problems.map(problem => problem.must)
    const kinds = queue.oneOf.map(({ properties: { kind } }) => kind?.const ?? '')
    for (const { required, properties: fields } of queue.oneOf) {
      const given = Object.entries(needed).filter(([field]) => field in fields)
      expect(required).toEqual(['kind', ...given.map(([field]) => field)])
      const [known = ''] = must({ kind: fields.kind?.const, ...Object.fromEntries(given), none: 1 })
      const [, names = ''] = /^left out: a queue of this kind has (.*)$/.exec(known) ?? []
      expect(['kind', ...names.split(', ')].sort()).toEqual(Object.keys(fields).sort())
      const { allocations } = fields
      if (!allocations?.properties) continue
      const defaults = Object.entries(allocations.properties).map(([name, of]) => [name, of.default])
      expect(Object.fromEntries(defaults)).toEqual(ALLOCATION_DEFAULTS)
    }
    const { kind } = queue.properties
    expect(kind.enum).toEqual(kinds)
    expect(kind.markdownEnumDescriptions).toEqual(kinds.map(word => `%setting.queues.kind.${word}%`))
    expect(queue.defaultSnippets.map(({ body }) => body.kind)).toEqual(kinds)
    expect(must({ kind: 'none' })[0]?.split(' or ').sort()).toEqual(kinds.map(word => `"${word}"`).sort())
  })

  it('declares the columns as they are read', () => {
    const { items, default: shown, scope } = properties['headlessJobs.columns'] ?? {}
    expect({ items, shown, scope }).toEqual({
      items: { type: 'string', enum: columns },
      shown: defaultColumns,
      scope: 'window',
    })
    expect(columnsOf(['exit', 'nonsense', 'started'])).toEqual(['started', 'exit'])
    expect([columnsOf([]), columnsOf('exit')]).toEqual([[], defaultColumns])
  })

  it('has for the machine what the job service is sent, and the folder by which it is found', () => {
    const ofMachine = Object.keys(properties).filter(name => properties[name]?.scope === 'machine')
    const sent = [...Object.keys(defaultSettings), 'queues', 'storageFolder'].map(name => `headlessJobs.${name}`)
    expect(ofMachine.sort()).toEqual(sent.sort())
  })

  it('declares every command that is used in menus and keys', () => {
    const known = new Set(commands.map(({ command }) => command))
    for (const { command } of [...Object.values(menus).flat(), ...keybindings]) expect(known).toContain(command)
    for (const { title, category } of commands) {
      expect(manifestText(category)).toBe('Headless Jobs')
      expect(manifestText(title)).toMatch(/^[A-Z]/)
    }
  })

  it('has a walkthrough whose steps name commands and files that are there', () => {
    const known = new Set([...commands.map(({ command }) => command), 'headlessJobs.jobs.focus'])
    const steps = walkthroughs.flatMap(({ steps }) => steps)
    expect(steps.map(({ id }) => id)).toEqual(['submit', 'watch', 'read', 'worker'])
    for (const { description, media, completionEvents } of steps) {
      const linked = [...manifestText(description).matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command)
      expect(linked.length).toBeGreaterThan(0)
      for (const command of linked) expect(known).toContain(command)
      for (const event of completionEvents) {
        const [, kind, what = ''] = /^(onCommand|onView):(.+)$/.exec(event) ?? []
        if (kind === 'onCommand') expect(known).toContain(what)
        else expect(event).toBe('onView:headlessJobs.jobs')
      }
      expect(existsSync(path.join(root, media.markdown)), media.markdown).toBe(true)
    }
  })

  it('has context menus of rows, in whichever view they are', () => {
    const sections = Object.values(rowSections)
    for (const { command, when } of menus['webview/context'] ?? []) {
      const [, name, pattern] = /^webviewSection (?:== '(.+?)'|=~ \/(.+?)\/)(?: && |$)/.exec(when) ?? []
      const named = sections.filter(section => section === name || (pattern && new RegExp(pattern).test(section)))
      expect(named.length, `${command}: ${when}`).toBe(name ? 1 : sections.length)
      expect(when).not.toContain('webviewId')
    }
  })

  it('takes keys only while the view or an output is focused', () => {
    for (const { when } of keybindings)
      expect(when).toMatch(/headlessJobs\.viewFocused|resourceScheme == headless-jobs/)
  })
})
