import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { freshName } from '../support/api.ts';
import { describeInBrowser, grant, signUp } from '../support/browser.ts';

const csv = (...rows: string[]) => ({
  name: 'movies.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(`name,99popularity,imdb_score,genre,director\n${rows.join('\n')}\n`),
});

describeInBrowser('movies', (house) => {
  it('imports after a trial, searches, changes and deletes', async () => {
    const { page, complaints } = await house.visit();
    const name = freshName('ann');
    await signUp(page, house, name);
    await page.getByRole('link', { name: 'Movies' }).click();
    await page.getByText('The catalogue is empty').waitFor();
    await grant(house, name);
    await page.reload();
    await page.getByRole('link', { name: 'Import' }).click();
    const choose = page.locator('input[type=file]');
    await choose.setInputFiles(csv('Batman,77,7.5,Action,Tim Burton', '=1+1,50,12,Drama,Nobody'));
    await page.getByRole('cell', { name: 'imdb_score' }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the list' }).click(),
    ]);
    expect(readFileSync(await download.path(), 'utf8')).toContain('"2","imdb_score","12"');
    await choose.setInputFiles(
      csv('Batman,77,7.5,Action,Tim Burton', '千と千尋の神隠し,91,8.6,Animation,宮崎 駿'),
    );
    await page.getByRole('button', { name: 'Import 2 rows' }).click();
    await page.getByRole('link', { name: 'See the movies' }).click();

    await page.getByLabel('Search movies and directors').fill('burt');
    await expect.poll(() => page.getByRole('listitem').count()).toBe(1);
    await page.getByRole('button', { name: 'Change Batman' }).click();
    await page.getByLabel('Score, 0 to 10').fill('eleven');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => page.getByLabel('Score, 0 to 10').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Score, 0 to 10').fill('7,6');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('listitem').getByText('7.6').waitFor();
    await page.getByRole('button', { name: 'Delete Batman' }).click();
    await page.waitForResponse((response) => response.request().method() === 'DELETE' && response.ok());
    await page.getByLabel('Search movies and directors').fill('');
    await expect.poll(() => page.getByRole('listitem').count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('lets an administrator make another, and deactivate an account, which ends its session', async () => {
    const [ann, bo] = [await house.visit(), await house.visit()];
    const [annName, boName] = [freshName('ann'), freshName('bo')];
    await signUp(ann.page, house, annName);
    await signUp(bo.page, house, boName);
    await grant(house, annName);
    await ann.page.reload();
    await ann.page.getByRole('link', { name: 'Admin' }).click();
    await ann.page.getByLabel('Search people').fill(boName);
    const line = ann.page.getByRole('listitem').filter({ hasText: boName });
    await line.getByRole('button', { name: 'Make administrator' }).click();
    await line.getByText('Administrator', { exact: true }).waitFor();
    await line.getByRole('button', { name: 'Deactivate' }).click();
    await line.getByText('Deactivated').waitFor();
    await bo.page.getByRole('link', { name: 'Mine' }).click();
    await bo.page.getByText('Your session has ended').waitFor();
    await line.getByRole('button', { name: 'Reactivate' }).click();
    await line.getByRole('button', { name: 'Deactivate' }).waitFor();
  });
});
