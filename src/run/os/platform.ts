// The one place that chooses the implementation for this system.
import { linux } from './linux'
import { mac } from './mac'
import type { Platform } from './platformTypes'
import { windows } from './windows'

/** Any other Unix without `/proc` has `ps`. */
export const platform: Platform = process.platform === 'linux' ? linux : process.platform === 'win32' ? windows : mac
