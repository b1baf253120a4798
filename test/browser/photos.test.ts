import { expect, it } from 'vitest';
import { freshName } from '../support/api.ts';
import { describeInBrowser, PASSWORD, signUp } from '../support/browser.ts';
import { pictureFiles } from '../support/pictureFiles.ts';

describeInBrowser('photos', (house) => {
  it('signs up, with what is wrong beside its field, and signs in again', async () => {
    const { page, complaints } = await house.visit();
    const name = freshName('ann');
    await page.goto(house.url('/mine'));
    await page.getByRole('link', { name: 'Make an account' }).click();
    await page.getByRole('button', { name: 'Make my account' }).click();
    const username = page.getByLabel('Username');
    await expect.poll(() => username.getAttribute('aria-invalid')).toBe('true');
    expect(await username.evaluate((input) => input === document.activeElement)).toBe(true);
    await username.fill(name);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make my account' }).click();
    await page.getByRole('heading', { name: 'My photos' }).waitFor(); // where they wanted to go
    await page.getByRole('link', { name }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Username or e-mail').fill(name);
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: /.+/ }).waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('uploads, refuses, captions, posts; and another person sees it', async () => {
    const [ann, bo] = [await house.visit(), await house.visit()];
    const [annName, boName] = [freshName('ann'), freshName('bo')];
    await signUp(ann.page, house, annName);
    await ann.page.getByRole('link', { name: 'Upload' }).click();
    const broken = { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture at all') };
    const notes = { name: 'notes.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') };
    const heic = { name: 'IMG_1.HEIC', mimeType: '', buffer: Buffer.from('ftypheic') };
    const [first, second] = await pictureFiles(2);
    if (!first || !second) throw new Error('two pictures were wanted');
    await ann.page.locator('input[type=file][multiple]').setInputFiles([first, broken, second, notes, heic]);
    await ann.page.getByLabel(`Caption of ${first.name}`).fill('First <light> & شروق');
    await ann.page.getByRole('button', { name: `Post ${second.name}` }).waitFor();
    const list = ann.page.getByRole('listitem');
    await list.filter({ hasText: 'notes.pdf' }).getByText('not a picture').waitFor();
    await list.filter({ hasText: 'IMG_1.HEIC' }).getByText('HEIC photos').waitFor();
    const refused = list.filter({ hasText: 'broken.jpg' });
    await refused.getByRole('alert').waitFor();
    await refused.getByRole('button', { name: 'Remove' }).click();
    await ann.page.getByRole('button', { name: `Post ${first.name}` }).click();
    await ann.page.getByRole('link', { name: 'See it' }).click();
    await ann.page.getByRole('heading', { name: 'First <light> & شروق' }).waitFor();

    await signUp(bo.page, house, boName);
    const tile = bo.page.getByRole('link', { name: `First <light> & شروق, photo by ${annName}` });
    await tile.click();
    await bo.page.getByRole('heading', { name: 'First <light> & شروق' }).waitFor();
    expect(await bo.page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
    await bo.page.keyboard.press('Escape');
    await tile.waitFor();
    expect([ann.complaints, bo.complaints]).toEqual([[], []]);
  });

  it('goes through the feed with the arrow keys, and filters it by a person', async () => {
    const { page } = await house.visit();
    const name = freshName('ann');
    await signUp(page, house, name);
    await page.getByRole('link', { name: 'Upload' }).click();
    await page.locator('input[type=file][multiple]').setInputFiles(await pictureFiles(3, 10));
    await page.getByRole('button', { name: 'Post all 3' }).click();
    await expect.poll(() => page.getByRole('link', { name: 'See it' }).count()).toBe(3);
    await page.getByRole('link', { name: 'Photos', exact: true }).click();
    await page.getByLabel('Username').fill(name);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name }).waitFor();
    const tiles = page.getByRole('link', { name: `photo by ${name}` });
    await expect.poll(() => tiles.count()).toBe(3);
    await tiles.first().focus();
    await page.keyboard.press('Enter');
    const seen = [page.url()];
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowLeft']) {
      await page.keyboard.press(key);
      await page.locator('h1').waitFor();
      seen.push(page.url());
    }
    expect([new Set(seen.slice(0, 3)).size, seen[3], seen[4]]).toEqual([3, seen[2], seen[1]]);
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name }).waitFor();
    await page.getByLabel('Username').fill('nobody-of-that-name');
    await page.keyboard.press('Enter');
    await page.getByText('Nobody goes by that name').waitFor();
  });

  it('deletes with an undo, and sends the request when its time is over', async () => {
    const { page } = await house.visit();
    await signUp(page, house, freshName('ann'));
    await page.getByRole('link', { name: 'Upload' }).click();
    await page.locator('input[type=file][multiple]').setInputFiles(await pictureFiles(1, 20));
    await page.getByRole('button', { name: /^Post/ }).waitFor();
    await page.getByRole('link', { name: 'Mine' }).first().click();
    const remove = page.getByRole('button', { name: 'Delete' });
    const sent: string[] = [];
    page.on('request', (request) => request.method() === 'DELETE' && sent.push(request.url()));
    await remove.click();
    await page.getByText('No drafts').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await remove.waitFor();
    expect(sent).toEqual([]);
    await remove.click();
    await page.waitForResponse((response) => response.request().method() === 'DELETE' && response.ok());
    await page.reload();
    await page.getByText('No drafts').waitFor();
  });
});
