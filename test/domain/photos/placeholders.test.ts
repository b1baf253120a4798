import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { db } from '../../support/database.ts';
import { call, register, spied, upload, withBindings } from '../../support/worker.ts';

describe('the view of a photo', () => {
  it('has a placeholder soon after the upload', async () => {
    const api = withBindings({});
    const { access_token: token } = await register();
    const { id } = await api.upload(token);
    const { placeholder } = (await call('GET', `/photos/${id}`, { token })).body;
    expect(placeholder).toMatch(/^data:image\/webp;base64,[\w+/]+=*$/);
    expect(placeholder.length).toBeLessThanOrEqual(1024);
    const bytes = Uint8Array.from(atob(placeholder.split(',')[1]), (one) => one.charCodeAt(0));
    expect(await env.IMAGES.info(new Response(bytes).body as never)).toMatchObject({
      format: 'image/webp',
      width: 3,
      height: 2,
    });
  });

  it('has no placeholder if Images is not bound, fails, or makes it too large', async () => {
    const { access_token: token } = await register();
    const failing = spied(env.IMAGES, () => {
      throw new Error('no');
    }).binding;
    const large = { image: () => new Blob([new Uint8Array(1_000)]).stream() };
    const boasting = {
      input: () => ({ transform: () => ({ output: async () => large }) }),
    } as unknown as ImagesBinding;
    for (const IMAGES of [undefined, failing, boasting]) {
      const { id } = await withBindings({ IMAGES }).upload(token);
      expect((await call('GET', `/photos/${id}`, { token })).body).toMatchObject({ placeholder: null });
    }
  });

  it('shows the time of taking to the owner only', async () => {
    const { access_token: token } = await register();
    const { id } = await upload(token);
    await call('POST', `/photos/${id}/publish`, { token });
    await db.execute({
      sql: 'update photos set taken_at = ? where id = ?',
      args: ['2026-05-01T12:00:00+02:00', id],
    });
    expect((await call('GET', `/photos/${id}`, { token })).body.taken_at).toBe('2026-05-01T12:00:00+02:00');
    const other = (await register()).access_token;
    expect((await call('GET', `/photos/${id}`, { token: other })).body.taken_at).toBeNull();
  });
});
