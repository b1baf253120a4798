import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { freshName } from '../support/api.ts';
import { describeInBrowser, PASSWORD, signUp } from '../support/browser.ts';

describeInBrowser('the exchange', (house) => {
  it('hands a file from an operator to a client, and takes it back', async () => {
    const { page, complaints } = await house.visit();
    await signUp(page, house, freshName('ann'));
    const [studio, buyer] = [freshName('studio'), freshName('buyer')];
    const enter = async (username: string) => {
      await page.getByRole('button', { name: 'Make an account' }).click();
      await page.getByLabel('Username').fill(username);
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Make the account' }).click();
      await page.getByText('Signed in as').waitFor();
    };
    await page.getByRole('link', { name: 'Files' }).click();
    await page.getByRole('link', { name: 'Hand out files' }).click();
    await enter(studio);
    const file = {
      name: 'عقد № 1 <final>.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.alloc(300_000, 7),
    };
    const choose = page.locator('input[type=file]');
    await choose.setInputFiles([file]);
    const remove = page.getByRole('button', { name: `Delete ${file.name}` });
    await remove.waitFor();
    await choose.setInputFiles([file]);
    await page.getByRole('alert').getByText(/.+/).waitFor(); // the name is taken
    await page.getByRole('button', { name: `Remove ${file.name}` }).click();

    await page.getByRole('link', { name: 'Fetch files' }).click();
    await enter(buyer);
    const operator = page.getByLabel('Username of an operator');
    await operator.fill('nobody-of-that-name');
    await page.keyboard.press('Enter');
    await page.getByText('No such operator').waitFor();
    await operator.fill(studio);
    await page.keyboard.press('Enter');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: `Download ${file.name}` }).click(),
    ]);
    expect(readFileSync(await download.path())).toEqual(file.buffer);

    await page.getByRole('link', { name: 'Hand out files' }).click();
    await remove.click();
    await page.waitForResponse((response) => response.request().method() === 'DELETE' && response.ok());
    await page.getByText('No files yet').waitFor();
    expect(complaints).toEqual([]);
  });
});
