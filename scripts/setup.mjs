// Sets up what a fresh clone lacks: dependencies, Node 24, and for the tests a VS Code server and a browser. Quick when
// nothing is to do. Needs only Node 20, npm and the network; the other scripts call it by themselves.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { findOnPath, isMain, root, run, runQuietly } from './lib/processes.mjs'

/** The npm package that carries a complete VS Code server. */
const VS_CODE_SERVER = '4.139.1'
/** The major version of the dev dependency `node`, which everything but this file runs in. */
const NODE_MAJOR = 24

const modules = join(root, 'node_modules')
const cache = join(root, '.vscode-test')

/** The Node that comes as a dev dependency, whatever Node the machine has. */
export const projectNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** Installs the dependencies of package-lock.json unless they are there, and checks the Node among them. */
export async function ensureDependencies() {
  if (!dependenciesAreCurrent()) {
    say('Installing the dependencies with npm ci …')
    await runQuietly('npm', ['ci', '--no-audit', '--no-fund'])
  }
  if (isProjectNode() || nodeWorks(await nodeVersion())) return
  say('Repairing Node and esbuild, whose install scripts have not run …')
  await runQuietly('npm', ['rebuild', 'node', 'esbuild', '--ignore-scripts=false'])
  const version = await nodeVersion()
  if (!nodeWorks(version)) {
    throw new Error(`${projectNode} does not run (${version}): remove node_modules and run this again.`)
  }
}

/**
 * Goes on under the project's own Node, with the dependencies in place: called first in a script, it returns only
 * there. Elsewhere it runs the same script in that Node and exits as that has exited.
 */
export async function enterProjectNode() {
  await ensureDependencies()
  if (!isProjectNode()) process.exit(await run(projectNode, process.argv.slice(1)))
}

/**
 * Installs the VS Code server into `.vscode-test/` unless it is there.
 * @returns the folder of the npm package code-server
 */
export async function ensureVsCodeServer() {
  const target = join(cache, `code-server-${VS_CODE_SERVER}`)
  const server = join(target, 'node_modules', 'code-server')
  if (existsSync(target)) return server
  say(`Installing VS Code (code-server ${VS_CODE_SERVER}, about 600 MB) into .vscode-test …`)
  // It is made in a folder of its own and renamed when whole, so that an interrupted one is never taken for it.
  mkdirSync(cache, { recursive: true })
  removeAbandonedParts()
  const part = `${target}.part-${process.pid}`
  mkdirSync(part)
  const npm = (args, cwd) => runQuietly('npm', [...args, '--ignore-scripts', '--no-audit', '--no-fund'], { cwd })
  const vsCode = join(part, 'node_modules', 'code-server', 'lib', 'vscode')
  writeFileSync(join(part, 'package.json'), '{ "private": true }\n')
  try {
    await npm(['install', `code-server@${VS_CODE_SERVER}`], part)
    await npm(['install', '--omit=dev'], vsCode)
    await npm(['install', '--omit=dev'], join(vsCode, 'extensions'))
    renameSync(part, target)
  } catch (error) {
    rmSync(part, { recursive: true, force: true })
    if (!existsSync(target)) throw error // else another run was faster
  }
  return server
}

/**
 * Finds a Chromium on PATH, or installs one: with apt-get as root on Debian, else with Playwright's own download.
 * @returns the path of its program
 */
export async function ensureBrowser() {
  const onPath = () => findOnPath('chromium', 'chromium-browser', 'google-chrome')
  const found = onPath()
  if (found) return found
  const { chromium } = await import('playwright-core')
  const downloaded = chromium.executablePath()
  if (existsSync(downloaded)) return downloaded
  if (isRootOnDebian()) {
    say('Installing Chromium with apt-get …')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    try {
      await runQuietly('apt-get', ['update'], { env })
      await runQuietly('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
        env,
      })
      const installed = onPath()
      if (installed) return installed
    } catch (error) {
      say(error.message)
    }
  }
  say('Downloading Chromium with Playwright …')
  await runQuietly(process.execPath, [join(modules, 'playwright-core', 'cli.js'), 'install', 'chromium'])
  return downloaded
}

/** Programs that tests of queues elsewhere use, and the packages of Debian that have them. */
const remotePrograms = {
  sshd: ['openssh-server'],
  ssh: ['openssh-client'],
  bwrap: ['bubblewrap'],
  podman: ['podman', 'catatonit'],
  'ch-run': ['charliecloud'],
  slurmctld: ['slurm-wlm'],
  munged: ['munge'],
}

/**
 * Installs an ssh server, a sandbox, containers and Slurm with apt-get as root on Debian. Elsewhere, or when that fails, tests that need
 * one are skipped, and it is said.
 * @returns the names of those that are there
 */
export async function ensureRemotePrograms() {
  const names = Object.keys(remotePrograms)
  const missing = () => names.filter(name => !findOnPath(name) && !existsSync(join('/usr/sbin', name)))
  const packages = missing().flatMap(name => remotePrograms[name])
  if (packages.length > 0 && isRootOnDebian()) {
    say(`Installing ${packages.join(', ')} with apt-get …`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    try {
      await runQuietly('apt-get', ['update'], { env })
      await runQuietly('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env })
    } catch (error) {
      say(error.message)
    }
  }
  if (missing().length > 0) say(`There is no ${missing().join(', no ')}: tests that need it are skipped.`)
  return names.filter(name => !missing().includes(name))
}

/**
 * Installs numpy with pip into `.vscode-test/` unless python3 has it. Only tests that show it in use need it.
 * @returns the folder for PYTHONPATH; empty when python3 has numpy by itself, `undefined` when it cannot be had
 */
export async function ensureNumpy() {
  const python = findOnPath('python3', 'python')
  if (!python) return undefined
  const has = env =>
    runQuietly(python, ['-c', 'import numpy'], { env: { ...process.env, ...env } }).then(
      () => true,
      () => false,
    )
  if (await has({})) return ''
  const tag = await runQuietly(python, ['-c', 'import sys; print(sys.implementation.cache_tag)'])
  const target = join(cache, `numpy-${tag.trim()}`)
  if (!existsSync(target)) {
    say('Installing numpy with pip into .vscode-test …')
    const part = `${target}.part-${process.pid}`
    mkdirSync(part, { recursive: true })
    try {
      const options = ['--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '--target', part]
      await runQuietly(python, ['-m', 'pip', 'install', ...options, 'numpy'])
      renameSync(part, target)
    } catch (error) {
      rmSync(part, { recursive: true, force: true })
      say(`There is no numpy for the tests: ${error.message}`)
      return undefined
    }
  }
  return (await has({ PYTHONPATH: target })) ? target : undefined
}

/** Whether node_modules holds what package-lock.json says; packages for other platforms may be missing. */
function dependenciesAreCurrent() {
  try {
    const wanted = lockedPackages(join(root, 'package-lock.json'))
    const installed = lockedPackages(join(modules, '.package-lock.json')) // npm writes it at the end of an install
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === '' || installed[path]?.version === version || (optional && !installed[path]),
    )
  } catch {
    return false
  }
}

const lockedPackages = file => JSON.parse(readFileSync(file, 'utf8')).packages

const isProjectNode = () => existsSync(projectNode) && realpathSync(projectNode) === realpathSync(process.execPath)
const nodeVersion = () => runQuietly(projectNode, ['--version']).catch(error => error.message)
const nodeWorks = version => version.startsWith(`v${NODE_MAJOR}.`)

/** Removes what installs left that were killed; those that go on are kept. */
function removeAbandonedParts() {
  for (const name of readdirSync(cache)) {
    const pid = /\.part-(\d+)$/.exec(name)?.[1]
    if (pid && !isRunning(Number(pid))) rmSync(join(cache, name), { recursive: true, force: true })
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function isRootOnDebian() {
  if (process.getuid?.() !== 0 || !findOnPath('apt-get') || !existsSync('/etc/os-release')) return false
  // Ubuntu's package of this name only points to a snap.
  return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
}

function say(line) {
  console.error(`[setup] ${line}`)
}

if (isMain(import.meta.url)) {
  await enterProjectNode()
  console.log(`Node    ${projectNode} (${process.version})`)
  console.log(`VS Code ${await ensureVsCodeServer()}`)
  console.log(`Browser ${await ensureBrowser()}`)
  console.log(`numpy   ${(await ensureNumpy()) ?? 'none'}`)
  console.log(`remote  ${(await ensureRemotePrograms()).join(', ')}`)
}
