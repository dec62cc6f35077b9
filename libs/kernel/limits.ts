const KIBI = 1024;
const MEBI = 1024 * KIBI;
const SECOND = 1000;

/** Every bound of the system, by name. Sizes in bytes, times in milliseconds, unless the name says otherwise. */
export const LIMITS = {
  /** POST /mcp and every governance body. */
  requestBodyBytes: 4 * MEBI,
  /** A whole request, headers and body, must have arrived by then. */
  requestMilliseconds: 30 * SECOND,
  /** What is under way at shutdown may take so long to finish. */
  drainMilliseconds: 8 * SECOND,
  /** A server that is told to end has ended by then, also where the database no longer answers. */
  stopMilliseconds: 9 * SECOND,
  /** A tool call that takes longer is answered `timeout`. */
  callMilliseconds: 30 * SECOND,
  /** C2SP tlog-tiles entries carry a uint16 length; EVIDENCE keeps leaves below this. */
  leafBytes: 60_000,
  /** A call is decided again after a stale snapshot this often, then refused as `unavailable`. */
  decisionAttempts: 3,
  /** A law: no stream grows beyond this, so there are no snapshots. */
  eventsPerStream: 1_000,
  /** One group commit takes at most this many appends. */
  appendsPerCommit: 256,
  /** Appends waiting for a commit; beyond it callers are told `unavailable` at once. */
  appendsWaiting: 10_000,
  /** Bodies and vault rows of one group commit; a single larger append goes alone. */
  commitBytes: 16 * MEBI,
  /** Getting a database connection, waiting for the log's lock, and one whole commit: beyond it the store is unavailable. */
  connectMilliseconds: 3 * SECOND,
  lockMilliseconds: 3 * SECOND,
  commitMilliseconds: 5 * SECOND,
  /** How long the store looks for the outcome of a commit whose connection was lost, before it says `unknown`. */
  resolveMilliseconds: 10 * SECOND,
  /** One read of the event store. */
  readMilliseconds: 10 * SECOND,
  /** One page of events, for readers and subscribers. */
  eventsPerPage: 1_000,
  /** A subscriber that was not notified looks for itself this often. */
  subscriptionPollMilliseconds: 250,
  /** Names of streams, event types, counters, organisations and vault rows. */
  storedNameCharacters: 200,
  /** One page of any list. */
  pageItems: 200,
  /** The highest page number an MCP list takes as cursor. */
  listPages: 1_000,
  /** An id, tag, prefix or media type given as an argument; and how many of a list argument. */
  argumentCharacters: 200,
  argumentEntries: 50,
  /** Problems with the arguments of a call that its answer lists, and how much of an unknown argument's name it repeats. */
  issuesTold: 50,
  nameToldCharacters: 60,
  /** `maxTokens` of one retrieval. */
  retrievedTokensLeast: 500,
  retrievedTokensMost: 32_000,
  /** What clients accept and models read: names of tools, descriptions of tools, descriptions of fields. */
  toolNameCharacters: 40,
  toolDescriptionCharacters: 1_000,
  fieldDescriptionCharacters: 240,
  helpWords: 400,
  /** Versions, folders deep. */
  folderDepth: 40,
  fileNameCharacters: 500,
  /** `content` of save_file. */
  savedCharacters: 2_000_000,
  /** A file taken by import. */
  importedFileBytes: 50 * MEBI,
  /** Text of a rendition. */
  renditionCharacters: 20_000_000,
  /** Extraction: pages of a PDF, nesting of XML and of HTML and RTF, times a repeated row or cell of a spreadsheet is written out. */
  extractedPages: 2_000,
  xmlDepth: 256,
  markupDepth: 512,
  cellRepeats: 1_000,
  /** A ZIP container: its entries, one entry and all of them unpacked, and how many times smaller they may be packed. */
  zipEntries: 2_000,
  zipEntryBytes: 64 * MEBI,
  zipTotalBytes: 128 * MEBI,
  zipRatio: 200,
  /** The processes that read documents: how many, and what the heap and all writable memory of one may be; V8 reserves half of the latter unused. */
  extractors: 2,
  extractorHeapMebibytes: 256,
  extractorDataKibibytes: 1_200_000,
  /** Processor time of one such process, and how much of it must be left for another document; beyond this memory it takes none either. */
  extractorCpuSeconds: 60,
  extractionCpuSeconds: 20,
  extractorIdleBytes: 384 * MEBI,
  /** One that had nothing to read for so long is ended; the next document starts another. */
  extractorIdleMilliseconds: 30 * SECOND,
  /** A document that is not read by then is given up, with the process that reads it. */
  extractionMilliseconds: 30 * SECOND,
  /** What one process says to the other: about a document, and its rendition. */
  extractionHeaderBytes: 16 * KIBI,
  extractionAnswerBytes: 128 * MEBI,
  /** A document that ended its process so often is given up; unread ones are looked for this often. */
  extractionAttempts: 2,
  extractionPollMilliseconds: 250,
  /** Versions waiting to be read that are listed at once. */
  unreadListed: 10_000,
  /** Opened renditions a process keeps in memory. */
  renditionsRememberedBytes: 128 * MEBI,
  /** Tokens of a chunk: what is aimed at, and the most. */
  chunkTokensTarget: 250,
  chunkTokensMost: 400,
  /** Characters of a word that is indexed, and word stems a process keeps in memory. */
  termCharacters: 100,
  stemsRemembered: 100_000,
  /** One step of the search index: its files, and their bytes together where there is more than one. */
  indexedTogether: 64,
  indexedTogetherBytes: 8 * MEBI,
  /** `maxTokens` and `maxChunks` of one retrieval of chunks, `query` of a search; results of `search`. */
  contextTokensMost: 64_000,
  contextChunks: 200,
  queryCharacters: 4_000,
  searchResults: 20,
  /** Names of files and folders that a process keeps opened to search them; `q` of a search by name. */
  namesSearched: 200_000,
  nameQueryCharacters: 500,
  /** Different words of a query that count; chunks looked through until enough pass its filters. */
  queryTerms: 256,
  chunksLookedThrough: 20_000,
  /** Organisations whose keys and words an indexer keeps in memory. */
  organizationsIndexedTogether: 16,
  /** Items of the content tree that a process remembers between calls. */
  itemsRemembered: 20_000,
  /** Opened vault rows (names, versions) a process keeps in memory. */
  namesRemembered: 50_000,
  /** Files that an import reads at the same time, and their bytes together where there is more than one. */
  importedTogether: 8,
  importedTogetherBytes: 8 * MEBI,
  /** Files in one append of an import: calls wait no longer than that for the log. */
  importedPerAppend: 64,
  /** Skipped files that an import names one by one; beyond it they are counted. */
  importSkipsNamed: 1_000,
  /** Signature lines of a signed note (C2SP asks for at least 16, Go stops at 100). */
  noteSignatures: 100,
  /** Beyond so many records a bundle holds tiles instead of one proof file for each record. */
  proofFilesPerBundle: 10_000,
  /** Without ZIP64 a bundle stays below both. */
  bundleEntries: 65_535,
  bundleBytes: 4 * 1024 * MEBI,
  /** A verification reports at most so many failures a step; one is enough to reject. */
  failuresPerStep: 1_000,
  /** One sealing transaction: its records, and how long a log with news waits for more before it is sealed again. */
  recordsPerSeal: 2_048,
  sealIntervalMilliseconds: 500,
  /** A background loop (sealer, projector, exports) that met an outage tries again after this. */
  retryMilliseconds: 1_000,
  /** How long whoever needs a record sealed waits for it; and how often the question is asked. */
  sealWaitMilliseconds: 10 * SECOND,
  sealPollMilliseconds: 50,
  /** Records of one export, which is built in memory. */
  exportRecords: 200_000,
  /** Groups that one export may name; characters of its reason. */
  exportGroups: 1_000,
  exportReasonCharacters: 2_000,
  /** An export that failed so often is given up; unfinished ones are looked for this often. */
  exportAttempts: 3,
  exportPollMilliseconds: 250,
  /** Records read at once while an export is built. */
  exportPageRecords: 1_000,
  externalIdCharacters: 128,
  /** A confirmation that was asked for and not used by then is void. */
  confirmationMilliseconds: 10 * 60 * SECOND,
  /** Of the text that a write would save, how much the person who is asked is shown. */
  confirmationTextCharacters: 20_000,
  /** Sources that the person who is asked is shown, newest first. */
  confirmationSources: 20,
  /** Tools that a policy names in one list. */
  policyTools: 500,
  /** The longest window of a call limit, and the most calls in one. */
  callWindowSeconds: 86_400,
  callsPerWindow: 1_000_000_000,
  /** An organisation may make as many calls as so many of its credentials. */
  organizationCredentials: 10,
  /** Of a call limit, the part that a process takes in advance: a twentieth, and never more calls than this. */
  callsLeasedPart: 20,
  callsLeasedMost: 1_000,
  /** Whoever found a limit used up asks for more calls after this at the earliest; and how often one call waits for others' turn. */
  leaseMilliseconds: 50,
  leaseAttempts: 1_000,
  /** Credentials and organisations whose calls a process counts against a limit; used-up limits that nobody asked for are forgotten this often. */
  limitsRemembered: 20_000,
  limitSweepMilliseconds: 10 * 60 * SECOND,
  /** Sources of denied calls that are counted apart, and how often the counts become records. */
  deniedSources: 256,
  denialsMilliseconds: 60 * SECOND,
  /** Credentials whose principals a process keeps in memory. */
  principalsRemembered: 10_000,
  /** A change of who may do what is decided again this often, where others are made at the same moment. */
  administrationAttempts: 20,
  /** An invitation may be accepted so long; its sites, and members given a role in a site at once. */
  invitationMilliseconds: 7 * 24 * 60 * 60 * SECOND,
  grantedTogether: 25,
  /** Names of people, keys and organisations; e-mail addresses (RFC 5321, 4.5.3.1); passwords. */
  nameCharacters: 200,
  emailCharacters: 254,
  passwordCharactersLeast: 12,
  passwordCharactersMost: 200,
  /** Scopes of one key. */
  keyScopes: 50,
  /** A session of our own pages; attempts to sign in, from one source or at one account, in one window. */
  sessionMilliseconds: 12 * 60 * 60 * SECOND,
  signInAttempts: 60,
  signInWindowMilliseconds: 15 * 60 * SECOND,
  /** `last used` of keys is written this often. */
  keyUseFlushMilliseconds: 2 * SECOND,
  /** The embedded database: a start (recovery after a crash included), a stop, and the waits before it is started again. */
  databaseStartMilliseconds: 120 * SECOND,
  databaseStopMilliseconds: 5 * SECOND,
  databaseRestartMilliseconds: { first: 100, longest: 5 * SECOND },
  /** Its log is emptied at a start beyond this. */
  databaseLogBytes: 10 * MEBI,
  /** `sun_path` of a Unix socket holds 108 bytes on Linux and 104 on macOS, the last one zero. */
  socketPathBytes: 103,
} as const;
