// On which file systems several machines may see one folder: there neither SQLite's locks nor process ids can be relied on.
import { statfsSync } from 'node:fs'
import { join } from 'node:path'

/** As statfs(2) of Linux numbers them. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x00c36400, 'Ceph'],
  [0xaad7aaea, 'PanFS'],
  [0x20030528, 'OrangeFS'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x786f4256, 'vboxsf'],
])

/** Those of which one machine alone can see a folder. */
const localFileSystems: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xca451a4e, // bcachefs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0x3153464a, // JFS
  0x52654973, // ReiserFS
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
  0xf15f, // eCryptfs
  0x4d44, // FAT
  0x2011bab0, // exFAT
  0x7366746e, // NTFS
])

export type FileSystemKind = 'local' | 'network' | 'unknown'

/** @param type as statfs(2) of Linux gives it */
export function kindOfType(type: number): FileSystemKind {
  if (networkFileSystems.has(type >>> 0)) return 'network'
  return localFileSystems.has(type >>> 0) ? 'local' : 'unknown'
}

/** Where the path alone has to decide: Windows and macOS number their file systems otherwise, if at all. */
export function kindOfPath(folder: string, platform: NodeJS.Platform): FileSystemKind {
  if (platform === 'win32') return /^[\\/]{2}(?![.?][\\/](?!UNC[\\/]))/i.test(folder) ? 'network' : 'local'
  return /^\/(Volumes|Network)\//.test(folder) ? 'unknown' : 'local'
}

/** That of the folder, or of the nearest one above it that is there. `HEADLESS_JOBS_FILE_SYSTEM` stands for it in tests. */
export function fileSystemOf(folder: string): FileSystemKind {
  const pretended = process.env.HEADLESS_JOBS_FILE_SYSTEM
  if (pretended === 'network' || pretended === 'unknown') return pretended
  if (process.platform !== 'linux') return kindOfPath(folder, process.platform)
  for (let at = folder; ; at = join(at, '..')) {
    try {
      return kindOfType(statfsSync(at).type)
    } catch {
      if (join(at, '..') === at) return 'unknown'
    }
  }
}
