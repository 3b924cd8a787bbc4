import { describe, expect, test } from 'vitest'
import { isSecret } from '../../../src/service/base/secrets'

describe('secret by its name', () => {
  test.each([
    'GITHUB_TOKEN',
    'NPM_AUTHTOKEN',
    'TOKEN_2',
    'aws_secret_access',
    'MyPassword',
    'PGPASSWORD',
    'MYSQL_PASSWD',
    'MYSQL_PWD',
    'DB_PASS',
    'SSHPASS',
    'GPG_PASSPHRASE',
    'SSH_KEY_FILE',
    'APIKEY',
    'openaiApiKey',
    'AWS_ACCESS_KEY_ID',
    'KEY1',
    'AZURE_CREDENTIAL',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'NPM_AUTH',
    'HTTP_AUTHORIZATION',
    'AUTH_HEADER',
    'JWT_PRIVATE',
    'AOC_COOKIE',
    'SESSION_COOKIES',
    'BW_SESSION',
    'OP_SESSION_my_team',
  ])('%s', name => expect(isSecret(name, 'x', [])).toBe(true))

  test.each([
    'PATH',
    'PWD',
    'OLDPWD',
    'LICENSES',
    'KEYBOARD',
    'KEYTIMEOUT',
    'KEYWORDS',
    'MONKEY',
    'HOTKEYS',
    'GNOME_KEYRING_CONTROL',
    'TOKENIZERS_PARALLELISM',
    'SECRETARY',
    'BYPASS',
    'COMPASS_FILE',
    'SSH_ASKPASS',
    'GIT_AUTHOR_NAME',
    'AUTHORS',
    'XAUTHORITY',
    'SSH_AUTH_SOCK',
    'AUTH_TYPE',
    'PRIVATE_DIR',
    'COOKIECUTTER',
    'XDG_SESSION_ID',
    'XDG_SESSION_DESKTOP',
    'DBUS_SESSION_BUS_ADDRESS',
    'DESKTOP_SESSION',
    'GDMSESSION',
    'KDE_FULL_SESSION',
    'SESSION_MANAGER',
    'TERM_SESSION_ID',
    'WT_SESSION',
    '__proto__',
    'constructor',
  ])('but not %s', name => expect(isSecret(name, 'x', [])).toBe(false))
})

describe('secret by its value', () => {
  test.each([
    ['DATABASE_URL', 'postgres://me:pa55@db.example.org/data'],
    ['HTTPS_PROXY', 'http://me:pa%3A55@proxy:3128'],
    ['http_proxy', 'http://:pa55@proxy:3128'],
    ['CACHE', 'redis://:pa55@localhost:6379/0'],
    ['PIP_EXTRA_INDEX_URL', 'https://a.example https://me:pa55@b.example/simple'],
  ])('%s=%s', (name, value) => expect(isSecret(name, value, [])).toBe(true))

  test.each([
    'http://proxy:3128',
    'https://example.org:8080/a@b',
    'https://example.org/?from=me:you@there',
    'ssh://git@github.com/a/b',
    'me:you@there',
    'unix:path=/run/user/0/bus',
    'https://example.org/path:with@sign',
    '() {  eval `modulecmd bash $*`\n}',
  ])('but not %s', value => expect(isSecret('PLACE', value, [])).toBe(false))
})

test('secret because it is named, in any case and whole', () => {
  expect(isSecret('LICENSE', 'x', ['License'])).toBe(true)
  expect(isSecret('LICENSES', 'x', ['License'])).toBe(false)
  expect(isSecret('PWD', '/', ['pwd'])).toBe(true)
})

test('looks through a long value in one go', () => {
  // pairs of all its characters would take minutes
  expect(isSecret('FILLER', 'x'.repeat(2_000_000), [])).toBe(false)
})
