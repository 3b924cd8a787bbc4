// Which environment variables are secret: their values stay in memory, out of the store and the log.

/** English words that end like one of those below. */
const harmlessWord = /^(DON|FLUN|HOC|HOT|JOC|LAC|MON|TUR|WHIS)KEYS?$|^PASSWORDLESS$/

/** Words of a name that alone make its value a secret. */
const secretWord =
  /TOKENS?$|SECRETS?$|PASSWORD|PASSWD|PASSPHRASE|^CREDENTIALS?|KEYS?$|^KEY(FILE|PAIR|PASS|STORE|TAB)|^(SSH)?PASS$|PWD$/

/** Words that do so unless the last word of the name shows that it is about something else. */
const oftenSecretWord = /^O?AUTH$|^AUTHORIZATION$|^PRIVATE$|COOKIES?$|^SESSION$/
/** As in `SSH_AUTH_SOCK`, `XDG_SESSION_ID`, `DBUS_SESSION_BUS_ADDRESS`. */
const otherMatter =
  /^(ADDRESS|CLASS|COUNT|DIR|DIRECTORY|DOMAIN|ENABLED?|EXPIRY|FILE|FOLDER|HOST|ID|JAR|KIND|LIFETIME|MANAGER|METHOD|MODE|NAME|PATH|PID|PORT|PROVIDER|SOCK|SOCKET|TIMEOUT|TTL|TYPE|URL|USER|VERSION)$/
/** Names of desktops and terminals for the session that runs. */
const ofDesktop = /^(DBUS|DESKTOP|GDM|GNOME|ITERM|KDE|SECURITY|TERM|TMUX|WT|XDG|ZELLIJ)_.*SESSION/

/** The folder that the process is in, and the one before. */
const folders: ReadonlySet<string> = new Set(['PWD', 'OLDPWD'])

/**
 * A password in an address: `https://me:secret@host`, `redis://:secret@host`. One sign of the scheme is enough: to look for
 * all of it takes seconds in a long value.
 */
const addressWithPassword = /[a-z0-9+.-]:\/\/[^\s/?#:@]*:[^\s/?#@]+@/i

/**
 * @param name its words are separated by `_`, other signs, digits and changes of case: `KEY` is one of `SSH_KEY_FILE` and
 * none of `KEYBOARD`
 * @param extra names more, in any case
 */
export function isSecret(name: string, value: string, extra: readonly string[]): boolean {
  const upper = name.toUpperCase()
  if (extra.some(other => other.toUpperCase() === upper)) return true
  if (addressWithPassword.test(value)) return true
  if (folders.has(upper)) return false
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z]+/)
    .filter(word => word !== '')
  if (words.some(word => secretWord.test(word) && !harmlessWord.test(word))) return true
  return (
    words.some(word => oftenSecretWord.test(word)) && !otherMatter.test(words.at(-1) ?? '') && !ofDesktop.test(upper)
  )
}
