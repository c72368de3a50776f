import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { join } from 'node:path';

interface Item {
  id: string;
  name: string;
}

interface Column extends Item {
  type: string;
  required?: boolean;
  options?: string[];
}

/** The account of a small service with boards and cards: what a form of its connector is filled from. */
export class Crm {
  boards: Item[] = [
    { id: 'b1', name: 'Sales' },
    { id: 'b2', name: 'Support' },
  ];
  columns: Record<string, Column[]> = {
    b1: [
      { id: 'title', name: 'Title', type: 'text', required: true },
      { id: 'amount', name: 'Amount', type: 'number' },
      { id: 'stage', name: 'Stage', type: 'pick', options: ['New', 'Won', 'Lost'] },
      { id: 'close', name: 'Closes on', type: 'date' },
    ],
    b2: [
      { id: 'subject', name: 'Subject', type: 'text', required: true },
      { id: 'urgent', name: 'Urgent', type: 'bool' },
    ],
  };
  people: Item[] = [
    { id: 'u1', name: 'Ada Lovelace' },
    { id: 'u2', name: 'Grace Hopper' },
    { id: 'u3', name: 'Katherine Johnson' },
  ];
  labels: Item[] = [
    { id: 'l1', name: 'Hot' },
    { id: 'l2', name: 'Cold' },
  ];
  cards: object[] = [];
  /** What every call is answered with while it is set. */
  fails: { status: number; message: string } | undefined;
  readonly calls: string[] = [];

  private constructor(
    private readonly http: HttpServer,
    readonly url: string,
  ) {}

  static async start(): Promise<Crm> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const address = http.address();
    if (!address || typeof address !== 'object') throw new Error('the service has no port');
    const crm = new Crm(http, `http://127.0.0.1:${address.port}`);
    http.on('request', async (request, response) => {
      for await (const _ of request);
      const { status, body } = crm.answer(request);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
    return crm;
  }

  private answer(request: IncomingMessage): { status: number; body: unknown } {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    this.calls.push(`${request.method} ${request.url}`);
    if (this.fails) return { status: this.fails.status, body: { error: this.fails.message } };
    const search = (searchParams.get('q') ?? '').toLowerCase();
    const parts = pathname.split('/').filter(Boolean);
    if (pathname === '/me') return { status: 200, body: { id: 'acc1', name: 'Acme' } };
    if (pathname === '/boards') return { status: 200, body: { items: this.boards } };
    if (pathname === '/labels') return { status: 200, body: { items: this.labels } };
    if (pathname === '/people') {
      return { status: 200, body: { items: this.people.filter(({ name }) => name.toLowerCase().includes(search)) } };
    }
    if (parts[0] === 'boards' && parts[2] === 'columns') {
      return { status: 200, body: { items: this.columns[parts[1]] ?? [] } };
    }
    if (parts[0] === 'boards' && parts[2] === 'cards') return { status: 200, body: { items: this.cards } };
    return { status: 404, body: { error: `nothing at ${pathname}` } };
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  /** Writes the service's connector into a data folder. */
  async connector(data: string): Promise<void> {
    const folder = join(data, 'connectors', 'boardly');
    const { host } = new URL(this.url);
    await mkdir(join(folder, 'operations'), { recursive: true });
    await mkdir(join(folder, 'triggers'), { recursive: true });
    await writeFile(join(folder, 'connector.toml'), CONNECTOR.replaceAll('HOST', host));
    await writeFile(join(folder, 'operations', 'create_card.toml'), CREATE_CARD);
    await writeFile(join(folder, 'operations', 'find_cards.toml'), FIND_CARDS);
    await writeFile(join(folder, 'triggers', 'new_card.toml'), NEW_CARD);
    await writeFile(join(folder, 'triggers', 'card_moved.toml'), CARD_MOVED);
  }
}

const CONNECTOR = `name = "Boardly"
version = 1
description = "Cards on boards."
categories = ["crm"]
docs = "https://docs.example.com"
base_url = "{connection.server}"
hosts = ["HOST"]
message = ["body.error"]

[[auth]]
id = "token"
kind = "bearer"
label = "Access token"
steps = ["Open the settings of Boardly", "Copy the token"]
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
id = "body.id"
label = "{body.name}"

[fields.board]
label = "Board"
kind = "text"
required = true
options_from = { load = "boards", value = "item.id", label = "{item.name}" }

[loads.boards]
items = "body.items"
request = { path = "/boards" }
[loads.labels]
items = "body.items"
request = { path = "/labels" }
[loads.people]
items = "body.items"
request = { path = "/people", query = { q = "{search}" } }
[loads.columns]
items = "body.items"
request = { path = "/boards/{input.board}/columns" }
`;

const CREATE_CARD = `label = "Create a card"
description = "Puts a card on a board."
effect = "write"
checked = { by = "unchecked" }

[idempotency]
class = "unsafe"

[[fields]]
use = "board"
[[fields]]
key = "owner"
label = "Owner"
kind = "text"
options_from = { load = "people", value = "item.id", label = "{item.name}", searches = true }
[[fields]]
key = "labels"
label = "Labels"
kind = "json"
format = "text_list"
options_from = { load = "labels", value = "item.id", label = "{item.name}" }
[[fields]]
key = "starts"
label = "Starts"
kind = "text"
format = "date_time"
[[fields]]
key = "values"
label = "Columns"
kind = "key_value"
fields_from = { load = "columns", key = "item.id", label = "{item.name}", type = "item.type", types = { number = { kind = "number" }, pick = { kind = "choice" }, bool = { kind = "switch" }, date = { kind = "text", format = "date" } }, choices = "item.options", choice_value = "item", choice_label = "{item}", required = "item.required", depends_on = ["board"] }

[[requests]]
method = "POST"
path = "/boards/{input.board}/cards"
[requests.body]
kind = "json"
value = { owner = "{input.owner}", labels = "=input.labels", starts = "{input.starts}", values = "=input.values" }

[output]
sample = { id = "c1" }
`;

const FIND_CARDS = `label = "Find cards"
description = "Reads the cards of a board."
effect = "read"
checked = { by = "unchecked" }

[idempotency]
class = "safe"

[[fields]]
use = "board"

[[requests]]
path = "/boards/{input.board}/cards"

[output]
sample = { items = [{ id = "c1" }] }
`;

const NEW_CARD = `label = "New card"
description = "Looks for new cards on a board."
checked = { by = "unchecked" }
sample = { id = "c0", title = "An example" }

[[fields]]
use = "board"

[poll]
order = "none"
dedupe = "item.id"
items = "body.items"
[poll.request]
path = "/boards/{input.board}/cards"
`;

const CARD_MOVED = `label = "Card moved"
description = "Boardly says so when a card goes to another column."
checked = { by = "unchecked" }
sample = { id = "c0", to = "Won" }

[webhook]
endpoint = "trigger"
secret = "person"
dedupe = "event.id"
steps = ["Open the board's settings and choose Webhooks", "Add a webhook with the address {url}"]
signature = { header = "X-Boardly-Signature", algorithm = "hmac_sha256", encoding = "hex", parts = ["body"] }
`;
