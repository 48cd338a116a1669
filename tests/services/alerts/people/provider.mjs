// A certified OpenID provider for tests: node provider.mjs ISSUER_PORT CLIENT_BACK. Anybody signs in under any name.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../../../../deploy/package.json", import.meta.url));
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));
const [port, back] = process.argv.slice(2);
const GROUPS = { ada: ["night-nurses"], olga: ["staff", "overseers"], eve: ["visitors"] };
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "veilward", client_secret: "secret", redirect_uris: [back], response_types: ["code"], grant_types: ["authorization_code"] }],
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  claims: { openid: ["sub", "groups"], profile: ["name", "preferred_username"] },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id.toUpperCase(), preferred_username: id, groups: GROUPS[id] ?? [] }),
  }),
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ["test"] },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
