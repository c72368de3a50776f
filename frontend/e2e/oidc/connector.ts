import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The id of the connector, which is the name of its folder. */
export const OIDC = 'oidc_test';

/**
 * Writes a connector for an OpenID provider on this machine into a data folder. Connectors name https addresses; the whole
 * address of a connection may be another one, so this one comes with the tokens.
 */
export async function writeConnector(data: string, issuer: string): Promise<void> {
  const folder = join(data, 'connectors', OIDC);
  await mkdir(join(folder, 'operations'), { recursive: true });
  const { host } = new URL(issuer);
  await writeFile(
    join(folder, 'connector.toml'),
    `name = "Orderly"
version = 1
description = "Orders and the people who placed them."
categories = ["commerce"]
docs = "https://docs.example.com"
base_url = "{connection.server}"
hosts = ["${host}"]
message = ["body.error_description"]

[[scopes]]
id = "openid"
why = "Say whose account it is"
[[scopes]]
id = "profile"
why = "Read the name of the account"
[[scopes]]
id = "orders"
why = "Read orders"

[[auth]]
id = "oauth"
kind = "oauth2"
label = "Sign in with Orderly"
[auth.oauth2]
grant = "authorization_code"
authorize_url = "${issuer}/auth"
token_url = "${issuer}/token"
always_scopes = ["offline_access"]
authorize_params = { prompt = "login consent" }
tokens = { access_token = "body.access_token", refresh_token = "body.refresh_token", server = "'${issuer}'" }
granted = "body.scope"
rotates = true
app_steps = ["Open the settings of Orderly and choose Apps", "Enter {redirect_url} as redirect address", "Copy the client ID and the client secret"]
[auth.identity]
request = { path = "/me" }
id = "body.sub"
label = "{body.sub}"

[[auth]]
id = "token"
kind = "bearer"
label = "Access token"
steps = ["Open the settings of Orderly", "Copy the token"]
[[auth.fields]]
key = "server"
label = "Server"
kind = "text"
required = true
[[auth.fields]]
key = "token"
label = "Access token"
kind = "text"
secret = true
required = true
[auth.identity]
request = { path = "/me" }
id = "body.sub"
label = "{body.sub}"
`,
  );
  await writeFile(
    join(folder, 'operations', 'who.toml'),
    `label = "Who is it"
description = "Says whose account it is."
effect = "read"
fields = []
scopes = ["openid"]
checked = { by = "unchecked" }

[idempotency]
class = "safe"

[[requests]]
path = "/me"

[output]
sample = { sub = "ada" }
`,
  );
}
