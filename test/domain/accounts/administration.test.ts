import { expect, it } from 'vitest';
import { listAccounts } from '../../../src/domain/accounts/administration.ts';
import { writeCursor } from '../../../src/domain/cursors.ts';
import { plansOf } from '../../support/plans.ts';

it('reads the list of accounts in order from an index, and starts at the cursor', async () => {
  const cursor = writeCursor('accounts', { at: 5, id: 5 });
  const [plan] = await plansOf((db) => listAccounts({ db }, { limit: 50, cursor }));
  expect(plan).toBe('SEARCH accounts USING INDEX accounts_people (realm=? AND id>?)');
});
