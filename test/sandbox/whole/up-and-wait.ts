// A process that runs a whole sandbox until it is killed, for lifecycle.test.ts. Writes its description.
import { startQuietly } from '../support/running-sandbox.ts';

const sandbox = await startQuietly();
process.stdout.write(`${JSON.stringify({ info: sandbox.info, programs: sandbox.programs })}\n`);
