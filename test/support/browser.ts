import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Dev, discard, runScript, startDev } from './dev.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** In milliseconds: wide, for busy machines. */
const TIMEOUT = 30_000;

const find = (name: string) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim();

const findChromium = (): string | undefined => {
  const { CHROMIUM_PATH } = process.env;
  if (CHROMIUM_PATH) return existsSync(CHROMIUM_PATH) ? CHROMIUM_PATH : undefined;
  return ['chromium', 'google-chrome', 'chromium-browser'].map(find).find(Boolean);
};

export const PASSWORD = 'correct horse battery';

export type Visitor = {
  context: BrowserContext;
  page: Page;
  /** The errors of the page, and the requests that left the origin. */
  complaints: string[];
};

export type House = {
  dev: Dev;
  url: (path: string) => string;
  /** Opens a page with a browser profile of its own. */
  visit: (options?: Parameters<Browser['newContext']>[0]) => Promise<Visitor>;
};

/** Browser tests against a stack of their own. Without Chromium they are skipped with a message, or fail if `CI=true`. */
export const describeInBrowser = (name: string, tell: (house: House) => void): void => {
  const executablePath = findChromium();
  if (!executablePath) {
    const words = 'No Chromium was found (CHROMIUM_PATH, chromium, google-chrome)';
    if (process.env.CI === 'true') throw new Error(`${words}, and CI=true needs one.`);
    process.stderr.write(`\n${words}: THE BROWSER TESTS OF ${name.toUpperCase()} ARE SKIPPED.\n\n`);
    describe.skip(name, () => tell({} as House));
    return;
  }
  describe(name, () => {
    let browser: Browser;
    const house = { url: (path: string) => `${house.dev.url}/app${path}` } as House;

    beforeAll(async () => {
      [house.dev, browser] = await Promise.all([
        startDev({}),
        chromium.launch({ executablePath, headless: true, args: FLAGS }),
      ]);
    });
    afterAll(async () => {
      await browser?.close();
      await house.dev?.stop();
      if (house.dev) discard(house.dev.directory);
    });

    house.visit = async (options) => {
      const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
      context.setDefaultTimeout(TIMEOUT);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
      });
      page.on('request', (request) => {
        const url = new URL(request.url());
        const isOurs = url.origin === house.dev.url || ['data:', 'blob:'].includes(url.protocol);
        if (!isOurs) complaints.push(`A request left the origin: ${url}`);
      });
      return { context, page, complaints };
    };
    tell(house);
  });
};

/** Creates an account on the sign-up page. */
export const signUp = async (page: Page, house: House, username: string): Promise<void> => {
  await page.goto(house.url('/sign-up'));
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make my account' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
};

/** Makes a member an administrator. */
export const grant = async ({ dev }: House, username: string): Promise<void> => {
  const program = runScript(['--silent', 'admin', '--', 'grant', username], dev.ports);
  if ((await program.ended) !== 0) throw new Error(program.output());
};
