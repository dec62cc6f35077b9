import { describeEventStore } from '../contract.suite.ts';
import { createMemoryEventStore } from './index.ts';

describeEventStore('memory', async (clock) => {
  const store = createMemoryEventStore({ clock });
  return { store, vaultRow: async (...row) => store.vaultRow(...row), close: async () => {} };
});
