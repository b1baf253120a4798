import { exports } from 'cloudflare:workers';
import { tellStories } from './stories.ts';

tellStories('workerd', () => ({
  origin: 'http://darkroom.test',
  fetch: (request) => exports.default.fetch(request),
}));
