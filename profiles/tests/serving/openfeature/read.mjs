// Reads flags with one of the official providers, unchanged: node read.mjs web|server '{"url", "key", "context", "reads"}'
// Prints, for each read [type, flag, default], the details that an application would get.
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature as Server } from '@openfeature/server-sdk';
import { OpenFeature as Web } from '@openfeature/web-sdk';

const [kind, text] = process.argv.slice(2);
const { url, key, context, reads } = JSON.parse(text);
const options = { baseUrl: url, headers: [['Authorization', `Bearer ${key}`]] };
const methods = { boolean: 'getBooleanDetails', string: 'getStringDetails', number: 'getNumberDetails', object: 'getObjectDetails' };

async function client() {
  if (kind === 'server') {
    await Server.setProviderAndWait(new OFREPProvider(options));
    return Server.getClient();
  }
  await Web.setContext(context);
  await Web.setProviderAndWait(new OFREPWebProvider({ ...options, cacheMode: 'disabled', changeDetection: 'none' }));
  return Web.getClient();
}

const asked = await client();
const found = [];
for (const [type, flag, fallback] of reads) {
  const details = await asked[methods[type]](flag, fallback, ...(kind === 'server' ? [context] : []));
  found.push(details);
}
console.log(JSON.stringify(found));
process.exit(0);
