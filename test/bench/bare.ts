/**
 * The baseline of the read benchmark: the fastest documented form of an MCP server on `@modelcontextprotocol/server`.
 * Low-level `Server`, the tool list computed once, `node:http`, no authentication, no record, the text in memory. It
 * answers with the same bytes as the governed read. Run: `node bare.js <file with one structuredContent as JSON>`.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, preloadSchemas, Server } from '@modelcontextprotocol/server';

const structuredContent: Record<string, unknown> = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const tools = [{ name: 'content_retrieve_file_content', description: 'Reads a file.', inputSchema: { type: 'object' as const } }];

preloadSchemas();
const handler = createMcpHandler(() => {
  const server = new Server({ name: 'bare', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({ tools }));
  server.setRequestHandler('tools/call', () => ({ content: [{ type: 'text' as const, text: JSON.stringify(structuredContent) }], structuredContent }));
  return server;
});

const listener = toNodeHandler(handler);
const http = createServer((request, response) => void listener(request as Parameters<typeof listener>[0], response));
http.listen(0, '127.0.0.1', () => {
  const address = http.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`ready {"mcp":"http://127.0.0.1:${address.port}/mcp"}\n`);
});
process.once('SIGTERM', () => http.close(() => process.exit(0)).closeAllConnections());
