//! What a cURL command asks for. The options are those of curl's manual page (curl.se/docs/manpage.html).

use manifest::{is_credential_header, is_credential_parameter};
use serde_json::Value;

use super::words::{self, Unclosed};

#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub method: String,
    /// Without a query.
    pub url: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Body,
    /// Never becomes a part of the step.
    pub credential: Option<Credential>,
    pub notes: Vec<Note>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    None,
    Json(Value),
    Form(Vec<(String, String)>),
    Multipart(Vec<(String, String)>),
    Text(String),
}

/// Who is calling, as the HTTP connector's ways to sign in.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    Basic { username: String, password: String },
    Bearer { token: String },
    Header { name: String, value: String },
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.method())
    }
}

impl Credential {
    /// The connector's name of the way to sign in.
    pub fn method(&self) -> &'static str {
        match self {
            Credential::Basic { .. } => "basic",
            Credential::Bearer { .. } => "bearer",
            Credential::Header { .. } => "header",
        }
    }

    pub fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Credential::Basic { username, password } => vec![("username", username.clone()), ("password", password.clone())],
            Credential::Bearer { token } => vec![("token", token.clone())],
            Credential::Header { name, value } => vec![("name", name.clone()), ("value", value.clone())],
        }
    }

    /// Whether the place of the secret is only held by a variable or a word in brackets.
    pub fn is_placeholder(&self) -> bool {
        let secret = match self {
            Credential::Basic { username, password } if password.is_empty() => username,
            Credential::Basic { password, .. } => password,
            Credential::Bearer { token } => token,
            Credential::Header { value, .. } => value.rsplit(' ').next().unwrap_or_default(),
        };
        secret.is_empty()
            || secret.starts_with(['$', '<', '%'])
            || secret.starts_with("{{")
            || secret.to_ascii_uppercase().starts_with("YOUR")
    }
}

/// What could not be taken over as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A file of the machine the command is for.
    File(String),
    /// Something that looks like a key, by its name: in the address, or one more beside the first.
    KeyLeftOut(String),
    /// An option that has no like here.
    Option(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    NotCurl,
    NoAddress,
    Unclosed(char),
    /// An option at the end lacks what belongs to it.
    Incomplete(String),
}

impl From<Unclosed> for Refused {
    fn from(Unclosed(quote): Unclosed) -> Self {
        Refused::Unclosed(quote)
    }
}

/// Whether a text is meant as such a command.
pub fn is_curl(text: &str) -> bool {
    let text = text.trim_start().trim_start_matches("$ ");
    ["curl", "curl.exe"].iter().any(|name| text.strip_prefix(name).is_some_and(|rest| rest.starts_with(char::is_whitespace)))
}

/// Short options that take something.
const SHORT: &str = "AbcCdDeEFhHKmoPQrtTuUwxXyYz";

/// Long options that take something and mean nothing here.
const LONG: &[&str] = &[
    "cacert",
    "capath",
    "cert",
    "cert-type",
    "ciphers",
    "config",
    "connect-timeout",
    "connect-to",
    "continue-at",
    "cookie-jar",
    "dump-header",
    "expect100-timeout",
    "interface",
    "keepalive-time",
    "key",
    "key-type",
    "limit-rate",
    "max-filesize",
    "max-redirs",
    "max-time",
    "noproxy",
    "output",
    "output-dir",
    "pass",
    "preproxy",
    "proxy",
    "proxy-header",
    "proxy-user",
    "range",
    "request-target",
    "resolve",
    "retry",
    "retry-delay",
    "retry-max-time",
    "speed-limit",
    "speed-time",
    "stderr",
    "tls-max",
    "trace",
    "trace-ascii",
    "unix-socket",
    "write-out",
    "aws-sigv4",
    "doh-url",
    "dns-servers",
    "rate",
];

#[derive(Default)]
struct Read {
    method: Option<String>,
    url: Option<String>,
    headers: Vec<(String, String)>,
    data: Vec<String>,
    json: Option<String>,
    parts: Vec<(String, String)>,
    user: Option<String>,
    bearer: Option<String>,
    as_query: bool,
    head: bool,
    notes: Vec<Note>,
}

pub fn parse(text: &str) -> Result<Request, Refused> {
    if !is_curl(text) {
        return Err(Refused::NotCurl);
    }
    let words = words::split(text.trim())?;
    let mut words = words.into_iter().skip_while(|word| word == "$").skip(1);
    let mut read = Read::default();
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
            let takes = takes(long);
            let value = if takes { words.next().ok_or_else(|| Refused::Incomplete(word.clone()))? } else { String::new() };
            read.option(long, value);
        } else if let Some(short) = word.strip_prefix('-').filter(|short| !short.is_empty()) {
            // Several in one word; the first that takes something takes the rest of it.
            let mut letters = short.chars();
            while let Some(letter) = letters.next() {
                if SHORT.contains(letter) {
                    let rest = letters.as_str().to_owned();
                    let value = if rest.is_empty() {
                        words.next().ok_or_else(|| Refused::Incomplete(format!("-{letter}")))?
                    } else {
                        rest
                    };
                    read.option(long_of(letter), value);
                    break;
                }
                read.option(long_of(letter), String::new());
            }
        } else if read.url.is_none() && !word.is_empty() {
            read.url = Some(word);
        }
    }
    read.request()
}

fn takes(long: &str) -> bool {
    LONG.contains(&long)
        || matches!(
            long,
            "request"
                | "header"
                | "data"
                | "data-ascii"
                | "data-binary"
                | "data-raw"
                | "data-urlencode"
                | "json"
                | "form"
                | "form-string"
                | "user"
                | "oauth2-bearer"
                | "user-agent"
                | "referer"
                | "cookie"
                | "url"
                | "url-query"
                | "upload-file"
        )
}

fn long_of(letter: char) -> &'static str {
    match letter {
        'X' => "request",
        'H' => "header",
        'd' => "data",
        'F' => "form",
        'u' => "user",
        'A' => "user-agent",
        'e' => "referer",
        'b' => "cookie",
        'G' => "get",
        'I' => "head",
        'T' => "upload-file",
        'k' => "insecure",
        'x' => "proxy",
        'E' => "cert",
        _ => "",
    }
}

impl Read {
    fn option(&mut self, name: &str, value: String) {
        match name {
            "request" => self.method = Some(value.to_ascii_uppercase()),
            "url" => self.url = Some(value),
            "header" => self.header(&value),
            "user-agent" => self.headers.push(("User-Agent".into(), value)),
            "referer" => self.headers.push(("Referer".into(), value)),
            // Without `=` it is the name of a file.
            "cookie" if value.contains('=') => self.headers.push(("Cookie".into(), value)),
            "data" | "data-ascii" | "data-binary" => match value.strip_prefix('@') {
                Some(file) => self.notes.push(Note::File(file.to_owned())),
                None => self.data.push(value),
            },
            "data-raw" => self.data.push(value),
            "data-urlencode" | "url-query" => self.encoded(&value),
            "json" => match value.strip_prefix('@') {
                Some(file) => self.notes.push(Note::File(file.to_owned())),
                None => self.json.get_or_insert_default().push_str(&value),
            },
            "form" | "form-string" => self.part(&value, name == "form"),
            "upload-file" => self.notes.push(Note::File(value)),
            "user" => self.user = Some(value),
            "oauth2-bearer" => self.bearer = Some(value),
            "get" => self.as_query = true,
            "head" => self.head = true,
            "insecure" | "proxy" | "cert" | "key" | "cacert" | "aws-sigv4" | "digest" | "ntlm" | "negotiate" | "unix-socket"
            | "resolve" | "connect-to" => self.notes.push(Note::Option(format!("--{name}"))),
            _ => {}
        }
    }

    fn header(&mut self, line: &str) {
        if let Some(file) = line.strip_prefix('@') {
            self.notes.push(Note::File(file.to_owned()));
        } else if let Some((name, value)) = line.split_once(':') {
            // `Name:` takes a header of curl's own away.
            if !value.trim().is_empty() {
                self.headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        } else if let Some(name) = line.strip_suffix(';') {
            self.headers.push((name.trim().to_owned(), String::new()));
        }
    }

    /// `name=content`, `=content` or `content`: what stands after `=` is encoded.
    fn encoded(&mut self, value: &str) {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        match value.find(['=', '@']) {
            Some(at) if value[at..].starts_with('@') => self.notes.push(Note::File(value[at + 1..].to_owned())),
            Some(0) => self.data.push(encode(&value[1..])),
            Some(at) => self.data.push(format!("{}={}", &value[..at], encode(&value[at + 1..]))),
            None => self.data.push(encode(value)),
        }
    }

    fn part(&mut self, part: &str, reads_files: bool) {
        let Some((name, value)) = part.split_once('=') else { return };
        if reads_files && let Some(file) = value.strip_prefix(['@', '<']) {
            let file = file.split(';').next().unwrap_or_default();
            self.notes.push(Note::File(file.to_owned()));
            return;
        }
        let value = if reads_files { value.split(";type=").next().unwrap_or_default() } else { value };
        self.parts.push((name.to_owned(), value.to_owned()));
    }

    fn request(mut self) -> Result<Request, Refused> {
        let url = self.url.take().ok_or(Refused::NoAddress)?;
        let (url, found, user) = address(&url);
        let mut query = found;
        if self.as_query {
            for data in std::mem::take(&mut self.data) {
                query.extend(form_urlencoded::parse(data.as_bytes()).into_owned());
            }
        }
        let mut notes = std::mem::take(&mut self.notes);
        query.retain(|(name, _)| {
            let is_key = is_credential_parameter(name);
            if is_key {
                notes.push(Note::KeyLeftOut(name.clone()));
            }
            !is_key
        });
        let sends = !self.data.is_empty() || !self.parts.is_empty() || self.json.is_some();
        let credential = self.credential(user, &mut notes);
        let body = self.body();
        let implied = if self.head {
            "HEAD"
        } else if sends {
            "POST"
        } else {
            "GET"
        };
        let method = self.method.unwrap_or_else(|| implied.to_owned());
        notes.dedup();
        Ok(Request { method, url, query, headers: self.headers, body, credential, notes })
    }

    /// Takes the one credential out of the headers; no other key stays in them.
    fn credential(&mut self, of_address: Option<(String, String)>, notes: &mut Vec<Note>) -> Option<Credential> {
        let basic = |(username, password): (String, String)| Credential::Basic { username, password };
        let user = self.user.take().map(|user| match user.split_once(':') {
            Some((name, password)) => (name.to_owned(), password.to_owned()),
            None => (user, String::new()),
        });
        let mut found = self.bearer.take().map(|token| Credential::Bearer { token }).or(user.or(of_address).map(basic));
        // The usual one first: others can only be second.
        let (keys, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.headers).into_iter().partition(|(name, _)| is_credential_header(name));
        let (first, second): (Vec<_>, Vec<_>) =
            keys.into_iter().partition(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        for (name, value) in first.into_iter().chain(second) {
            if found.is_some() {
                notes.push(Note::KeyLeftOut(name));
                continue;
            }
            let bearer = value
                .get(..7)
                .filter(|scheme| name.eq_ignore_ascii_case("authorization") && scheme.eq_ignore_ascii_case("bearer "));
            found = Some(match bearer {
                Some(_) => Credential::Bearer { token: value[7..].trim().to_owned() },
                None => Credential::Header { name, value },
            });
        }
        self.headers = others;
        found
    }

    /// What is sent; headers that say nothing more than that are left out, and so are those that browsers add for themselves.
    fn body(&mut self) -> Body {
        let media = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let media = media.map(|(_, value)| value.to_ascii_lowercase());
        let media = media.as_deref();
        let is_json = media.is_some_and(|media| media.starts_with("application/json"));
        let body = if let Some(json) = &self.json {
            serde_json::from_str(json).map_or_else(|_| Body::Text(json.clone()), Body::Json)
        } else if !self.parts.is_empty() {
            Body::Multipart(std::mem::take(&mut self.parts))
        } else if self.data.is_empty() {
            Body::None
        } else {
            let data = self.data.join("&");
            match serde_json::from_str(&data) {
                Ok(value @ (Value::Object(_) | Value::Array(_))) if is_json || media.is_none() => Body::Json(value),
                Ok(value) if is_json => Body::Json(value),
                _ if media.is_none_or(|media| media.starts_with("application/x-www-form-urlencoded")) && data.contains('=') => {
                    Body::Form(form_urlencoded::parse(data.as_bytes()).into_owned().collect())
                }
                _ => Body::Text(data),
            }
        };
        let said_by_kind = !matches!(body, Body::Text(_));
        self.headers.retain(|(name, _)| {
            let name = name.to_ascii_lowercase();
            let own = matches!(name.as_str(), "host" | "content-length" | "connection" | "accept-encoding" | "transfer-encoding");
            let media = name == "content-type" && said_by_kind;
            !own && !media && !name.starts_with("sec-") && !name.starts_with(':')
        });
        body
    }
}

/// The address without its query, the query, and who it says is calling.
type Address = (String, Vec<(String, String)>, Option<(String, String)>);

fn address(url: &str) -> Address {
    let url = url.split('#').next().unwrap_or_default();
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    // As curl does: what names no protocol is called by HTTP.
    let (scheme, rest) = base.split_once("://").unwrap_or(("http", base));
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (user, host) = host.rsplit_once('@').map_or((None, host), |(user, host)| (Some(user), host));
    let decoded = |text: &str| {
        let pair = format!("x={}", text.replace('+', "%2B"));
        form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let user = user.map(|user| {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        (decoded(name), decoded(password))
    });
    (format!("{scheme}://{host}{path}"), query, user)
}

#[cfg(test)]
mod tests;
