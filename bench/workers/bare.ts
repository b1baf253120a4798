import { Hono } from 'hono';

/** What the framework alone costs: the baseline of `hello`. */
const app = new Hono();

app.get('/hello', (c) => c.json({ message: 'Hello Users. Please Login !!' }));

export default app;
