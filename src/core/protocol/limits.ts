// How much is sent at once between a window, its page and the job service, and how long either side waits.

/** Items in one list; 1,000 keep a step under 10 ms on both sides. */
export const MAX_LIST_ITEMS = 1000
/** Bytes of one list, approximately; a list is closed before it would grow over this. */
export const MAX_LIST_BYTES = 1024 * 1024
/** A message above this ends the connection: neither side ever sends one. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024
/** A job spec above this is refused; the other facts of its job need room beside it in a message. */
export const MAX_SPEC_BYTES = 3.5 * 1024 * 1024
/** All that a connection may send before it has proved whose it is: it may be anybody's. */
export const MAX_HANDSHAKE_BYTES = 4 * 1024
/** Connections at once that have not proved it; of more, the oldest is closed. */
export const MAX_STRANGERS = 32
/** A handshake that takes longer ends the connection. */
export const HANDSHAKE_TIMEOUT_MS = 5000
/** Unsent bytes after which a client loses its events and is sent a `resync` instead. */
export const MAX_PENDING_BYTES = 8 * 1024 * 1024
/** A payload up to this travels inside a message; a larger one is a file in the spool folder. */
export const MAX_INLINE_BYTES = 64 * 1024
/** A request fails when neither its answer nor a progress report has come for this long. */
export const REQUEST_TIMEOUT_MS = 30_000
/** How long a job waits for a job service before it ends as `failed` with kind `service`. */
export const SERVICE_TIMEOUT_MS = 30_000
/** How long a stdin function may take. */
export const PREPARE_INPUT_TIMEOUT_MS = 60_000
/** The view and the events of the API are updated at most 10 times a second. */
export const UPDATE_INTERVAL_MS = 100
/** Rows in the answer to one query of a view. */
export const MAX_ROWS = 200
/** Names of batches that are offered at once. */
export const MAX_BATCH_NAMES = 20
/** Queues that a summary lists. */
export const MAX_QUEUES_SHOWN = 100
/** Warm workers that a summary lists. */
export const MAX_WORKERS_SHOWN = 50
/** The largest number of slots that can be set. */
export const MAX_CONCURRENCY = 1024
/** How long a window waits for the service of a newer version, which another window starts, before it starts its own. */
export const MAKE_WAY_MS = 10_000
