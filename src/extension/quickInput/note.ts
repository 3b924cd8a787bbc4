// The result of validating an answer while it is typed.

/** Only an error prevents the answer from being accepted. */
export interface Note {
  severity: 'error' | 'warning' | 'info'
  message: string
}
