/** One machine, one service, beside the Node processes that use it. On the command line, so that nothing in the cluster overrides it. */
export function serverSettings(socketDirectory: string): string[] {
  return Object.entries({ ...DURABLE, ...PRIVATE, ...SIZED, ...TOLD, unix_socket_directories: `"${socketDirectory.replaceAll('"', '""')}"` }).flatMap(
    ([name, value]) => ['-c', `${name}=${value}`],
  );
}

/** The promise "recorded before released" rests on these. */
const DURABLE = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // macOS leaves written data in the drive's cache unless told otherwise: PostgreSQL documentation, "Reliability".
  ...(process.platform === 'darwin' ? { wal_sync_method: 'fsync_writethrough' } : {}),
};

const PRIVATE = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  password_encryption: 'scram-sha-256',
};

const SIZED = {
  shared_buffers: '128MB',
  max_connections: '100',
  max_wal_size: '1GB',
  min_wal_size: '80MB',
  wal_compression: 'pglz',
  checkpoint_timeout: '15min',
};

const TOLD = {
  cluster_name: 'deponent',
  timezone: 'UTC',
  track_io_timing: 'on',
  track_wal_io_timing: 'on',
  // The log is for the operator and may be sent to others: no statements and no values of rows.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_timezone: 'UTC',
};
