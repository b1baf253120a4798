import { expect, it } from 'vitest';
import { listAccounts } from '../../../src/domain/accounts/administration.ts';
import { writeCursor } from '../../../src/domain/cursors.ts';
import { plansOf } from '../../support/plans.ts';

it('lists accounts from an index in order, starting at the cursor', async () => {
  const cursor = writeCursor('accounts', { at: 5, id: 5 });
  const [plan] = await plansOf((db) => listAccounts({ db }, { limit: 50, cursor }));
  expect(plan).toBe('SEARCH accounts USING INDEX accounts_people (realm=? AND id>?)');
});
