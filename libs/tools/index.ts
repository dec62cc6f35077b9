export { invalidArgument, readArguments } from './arguments.ts';
export { type Catalogue, type CatalogueEntry, catalogue, type Pack, type ToolListing } from './catalogue.ts';
export {
  type AnyTool,
  type Caller,
  type ConfirmationRule,
  type Decision,
  type DecisionContext,
  decidedOn,
  EXTERNAL_ID_PATTERN,
  type GovernanceClass,
  type GovernedReadTool,
  governedReadTool,
  type Hints,
  type NewId,
  type Preview,
  type ReadTool,
  readTool,
  type WriteTool,
  writeTool,
} from './definition.ts';
export { type DomainEvent, type EventsOf, type Stream, stream } from './stream.ts';
export { type Delivery, type EvidenceKind, nothingDelivered, type Testimony } from './testimony.ts';
